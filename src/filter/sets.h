// The sets that -e expressions make: of system calls, of small numbers (signals, descriptors), of return statuses and
// of messages. Plain values, asked millions of times: every test is a look into a bit field. Made by
// src/filter/expression.h.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <vector>

#include "ktrace/abi.h"

namespace ktrace::filter {

// Which system calls: a bit per number and ABI, and one per sub-call of socketcall and ipc (spec::sub_rows[], which
// have no number of their own). Numbers that no table has follow `others`: they are in `all` and in negations.
class SyscallSet {
 public:
  static SyscallSet all();
  static SyscallSet none() { return {}; }

  // The call with this number. Of a demultiplexed one: what its own name says, see test_sub and reaches.
  [[nodiscard]] bool test(Abi abi, uint64_t number) const { return bits_[index(abi)][slot(abi, number)]; }
  // A sub-call, by its index in spec::sub_rows[].
  [[nodiscard]] bool test_sub(uint32_t sub_row) const { return sub_row < subs_.size() ? subs_[sub_row] : others_; }
  // The call or one of its sub-calls: what a seccomp filter has to let stop.
  [[nodiscard]] bool reaches(Abi abi, uint64_t number) const { return reach_[index(abi)][slot(abi, number)]; }

  // All numbers that reaches() holds for, in order.
  struct Range {
    uint32_t first, last;  // both included
  };
  [[nodiscard]] std::vector<Range> reached(Abi abi) const;

  [[nodiscard]] bool is_all() const { return all_; }
  [[nodiscard]] bool is_none() const { return none_; }

  void add(Abi abi, uint64_t number) { bits_[index(abi)].set(slot(abi, number)); }
  void add_sub(uint32_t sub_row);
  void invert();
  // What strace does for -e trace=: numbers that have no row are in the set, whatever else is.
  void add_unknown();
  // To be called when all is added: works out what the other tests rest on.
  void settle();

 private:
  // Numbers below 1008 are themselves; arm's private ones (0xf0000 + n, arch/arm/include/uapi/asm/unistd.h) come behind
  // them; the last slot is for all others.
  static constexpr uint32_t plain = 1008, private_base = 0xf0000, private_count = 15;
  static constexpr std::size_t slots = 1024;
  static constexpr std::size_t other_slot = slots - 1;
  static std::size_t slot(Abi abi, uint64_t number) {
    if (number < plain) return number;
    if (abi == Abi::arm && number >= private_base && number < private_base + private_count)
      return plain + (number - private_base);
    return other_slot;
  }

  std::array<std::bitset<slots>, abi_count> bits_{};
  std::array<std::bitset<slots>, abi_count> reach_{};
  std::vector<bool> subs_;
  bool others_ = false;
  bool all_ = false;
  bool none_ = true;
};

// Signals or descriptors.
class NumberSet {
 public:
  static NumberSet all();

  [[nodiscard]] bool test(int64_t number) const {
    const bool there =
        number >= 0 && static_cast<uint64_t>(number) < bits_.size() && bits_[static_cast<std::size_t>(number)];
    return there != inverted_;
  }
  void add(unsigned number);
  void invert();
  [[nodiscard]] bool is_all() const;
  [[nodiscard]] bool is_none() const;

 private:
  std::vector<bool> bits_;
  bool inverted_ = false;
};

// -e status=: what became of a call.
enum class Status : uint8_t { successful = 1, failed = 2, unfinished = 4, unavailable = 8, detached = 16 };

// -e quiet=: messages that are left out.
enum class Message : uint8_t { attach = 1, exit = 2, path_resolution = 4, personality = 8, thread_execve = 16 };

// A set over one of those enumerations (each enumerator is a bit).
template <class E>
struct Flags {
  uint8_t bits = 0;
  static constexpr uint8_t every = 31;
  static constexpr Flags all() { return {every}; }
  [[nodiscard]] constexpr bool test(E e) const { return (bits & static_cast<uint8_t>(e)) != 0; }
  [[nodiscard]] constexpr bool is_all() const { return bits == every; }
  constexpr void add(E e) { bits = static_cast<uint8_t>(bits | static_cast<uint8_t>(e)); }
  constexpr bool operator==(const Flags&) const = default;
};
using StatusSet = Flags<Status>;
using MessageSet = Flags<Message>;

}  // namespace ktrace::filter
