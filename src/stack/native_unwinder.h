// Follows the frames of code of ktrace's own ABI by libunwind, which sees a tracee through what is given here: the
// words of its stack from the snapshot of the stop, its tables of call frame information from pages that are kept,
// registers from the stop. What libunwind makes of the tables for an address, a register state, is kept here, per
// process, until flush(): its own cache masks all signals and takes a lock at every step, which is two system calls a
// frame.
//
// The tables are the tracee's to choose. Everything that libunwind reads comes from one function here, which after a
// number of calls in one step refuses: so nothing in them can make it loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "ktrace/registers.h"
#include "stack/modules.h"
#include "stack/snapshot.h"

namespace ktrace::stack {

class NativeUnwinder {
 public:
  NativeUnwinder();
  NativeUnwinder(const NativeUnwinder&) = delete;
  NativeUnwinder& operator=(const NativeUnwinder&) = delete;
  ~NativeUnwinder();

  // False: libunwind is not installed.
  [[nodiscard]] bool available() const { return impl_ != nullptr; }
  // Something else is mapped now where it may have been asked before.
  void flush();

  struct Thread {
    AddressSpace& space;
    Memory& memory;
    Snapshot& stack;
  };
  // A walk begins in a frame with these registers. `initial`: which of them hold what they held when the thread
  // stopped, a bit each.
  bool begin(const Thread& thread, const UnwindRegisters& registers, uint64_t initial);

  enum class Step : uint8_t {
    done,
    ended,    // this is the outermost frame
    unknown,  // nothing is known about this code, or nothing that makes sense
  };
  // To the caller of the frame, whose code belongs to `module`. `at`: the code that it is looked up by, which is before
  // a return address.
  Step step(Module& module, Address at);

  // The registers that a function keeps for its caller: what is found further out depends on these, beside the stack.
  static constexpr std::size_t kept_count = native_abi == Abi::aarch64 ? 12 : 6;
  using Kept = std::array<uint64_t, kept_count>;
  // Whether a walk that used these registers of the stopped thread used but what Kept has, and the stack pointer.
  static bool is_kept(uint64_t used);
  // Their values in the frame that was reached.
  [[nodiscard]] Kept kept();
  // The walk depends on them.
  void use_kept();

  // Of the frame that was reached.
  [[nodiscard]] Address ip() const;
  [[nodiscard]] uint64_t sp() const;
  // Whether it was interrupted by a signal.
  [[nodiscard]] bool after_signal() const;
  // Registers that a walk depended on, of the `initial` ones.
  [[nodiscard]] uint64_t used() const;
  // All of its registers, for who goes on by other means, and which of them are initial still.
  void leave(UnwindRegisters& registers, uint64_t& initial);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktrace::stack
