// The system call ABIs that ktrace knows ("personalities" in strace's words). A tracee's ABI is a property of each
// stop: 64-bit code may issue `int $0x80`. The order is that of the columns in the generated tables
// (src/spec/tables.h).
#pragma once

#include <cstdint>
#include <string_view>

namespace ktrace {

enum class Abi : uint8_t { x86_64, i386, aarch64, arm };

inline constexpr unsigned abi_count = 4;

constexpr unsigned index(Abi abi) {
  return static_cast<unsigned>(abi);
}
constexpr unsigned long_bytes(Abi abi) {
  return abi == Abi::x86_64 || abi == Abi::aarch64 ? 8 : 4;
}
constexpr bool is_32_bit(Abi abi) {
  return long_bytes(abi) == 4;
}

constexpr std::string_view abi_name(Abi abi) {
  constexpr std::string_view names[] = {"x86_64", "i386", "aarch64", "arm"};
  return names[index(abi)];
}

// The ABI of ktrace itself, and the 32-bit one that the same kernel also runs.
#if defined(__x86_64__)
inline constexpr Abi native_abi = Abi::x86_64;
inline constexpr Abi compat_abi = Abi::i386;
#elif defined(__aarch64__)
inline constexpr Abi native_abi = Abi::aarch64;
inline constexpr Abi compat_abi = Abi::arm;
#else
#error "ktrace runs on x86_64 and aarch64"
#endif

}  // namespace ktrace
