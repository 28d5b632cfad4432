// Integers in a tracee's memory. Every ABI that ktrace knows is little-endian, and so are the hosts it runs on; network
// protocols bring the big-endian ones.
#pragma once

#include <cstdint>
#include <cstring>

namespace ktrace::decode {

constexpr uint64_t zero_extend(uint64_t value, unsigned width) {
  return width >= 8 ? value : value & ((uint64_t{1} << (8 * width)) - 1);
}

constexpr uint64_t sign_extend(uint64_t value, unsigned width) {
  if (width == 0 || width >= 8) return value;
  const unsigned shift = 64 - 8 * width;
  return static_cast<uint64_t>(static_cast<int64_t>(value << shift) >> shift);
}

// `width` bytes at `p`, zero-extended.
inline uint64_t load(const uint8_t* p, unsigned width, bool big_endian = false) {
  uint64_t value = 0;
  if (big_endian) {
    for (unsigned k = 0; k < width && k < 8; ++k) value = value << 8 | p[k];
  } else {
    std::memcpy(&value, p, width < 8 ? width : 8);
  }
  return value;
}

constexpr uint64_t cut_bits(uint64_t value, unsigned first, unsigned count) {
  if (first >= 64) return 0;
  value >>= first;
  return count >= 64 ? value : value & ((uint64_t{1} << count) - 1);
}

}  // namespace ktrace::decode
