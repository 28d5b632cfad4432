// Memory and registers of a tracee that means no good. Deterministic: the same seed gives the same bytes.
#pragma once

#include <algorithm>
#include <random>

#include "ktrace/memory.h"

namespace ktrace::fakes {

// Memory without end, except for holes: what is read depends on the address alone.
class HostileMemory : public Memory {
 public:
  explicit HostileMemory(uint32_t seed) : seed_(seed) {}

  std::size_t read(Address from, std::span<uint8_t> to) override {
    largest = std::max(largest, to.size());
    for (std::size_t k = 0; k < to.size(); ++k) {
      const uint64_t at = from.value + k;
      if (at < 0x1000 || hash(at >> 8, 1) % 8 == 0) return k;
      to[k] = byte(at);
    }
    return to.size();
  }

  std::size_t largest = 0;

 private:
  [[nodiscard]] uint32_t hash(uint64_t value, uint32_t salt) const {
    uint64_t x = value * 0x9e3779b97f4a7c15 + seed_ + salt;
    x ^= x >> 29;
    x *= 0xbf58476d1ce4e5b9;
    return static_cast<uint32_t>(x >> 32);
  }
  // Mostly small numbers and pointers to more of the same, so that structures are entered.
  [[nodiscard]] uint8_t byte(uint64_t at) const {
    const uint32_t kind = hash(at >> 3, 2) % 4;
    if (kind == 0) return static_cast<uint8_t>(hash(at, 3));
    if (kind == 1) return at % 4 == 0 ? static_cast<uint8_t>(hash(at, 4) % 32) : 0;
    if (kind == 2) return at % 8 == 1 || at % 8 == 2 ? static_cast<uint8_t>(hash(at, 5)) : 0;
    return 0;
  }

  uint32_t seed_;
};

inline uint64_t hostile_number(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return random() % 64;
    case 1: return 0x1000 + random() % 0x100000;
    case 2: return uint64_t{1} << random() % 64;
    case 3: return ~uint64_t{0} - random() % 200;
    case 4: return random() & 0xffff;
    default: return random();
  }
}

}  // namespace ktrace::fakes
