// Strong types for the numbers that must not be mixed up: thread ids, thread group ids, addresses in a tracee, times.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace ktrace {

// A kernel thread id in ktrace's own pid namespace; 0 = none. "PID" in strace's messages.
struct Tid {
  int value = 0;
  auto operator<=>(const Tid&) const = default;
};

// A thread group id: the tid of the group's leader, what getpid(2) returns.
struct Tgid {
  int value = 0;
  auto operator<=>(const Tgid&) const = default;
};

// An address in a tracee's address space. 32-bit tracees use the low half.
struct Address {
  uint64_t value = 0;
  auto operator<=>(const Address&) const = default;
  explicit operator bool() const { return value != 0; }
  friend Address operator+(Address a, uint64_t n) { return {a.value + n}; }
};

using Nanoseconds = std::chrono::nanoseconds;

}  // namespace ktrace

template <>
struct std::hash<ktrace::Tid> {
  std::size_t operator()(ktrace::Tid t) const noexcept { return std::hash<int>{}(t.value); }
};
