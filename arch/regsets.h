// Register sets as the kernel hands them out (PTRACE_GETREGSET), made into ktrace::Registers. The conversions are plain
// functions on bytes: each architecture's compile and are tested on every host. The live calls below them use those of
// the architecture that ktrace was built for.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "ktrace/base/ids.h"
#include "ktrace/registers.h"

namespace ktrace::arch {

using Bytes = std::span<const uint8_t>;

// NT_PRSTATUS of x86: 27 words of 8 bytes, or 17 of 4 from a process that the kernel runs in 32-bit mode.
// `as`: the conventions to read a 64-bit set by; nothing: those of the code segment. Nothing: the size is neither.
std::optional<Registers> x86_registers(Bytes regset, std::optional<Abi> as = {});

// NT_PRSTATUS of arm64: 34 words of 8 bytes, or 18 of 4 from a 32-bit process. `syscall_number`: NT_ARM_SYSTEM_CALL,
// which alone tells the number that a tracer may have changed; nothing: x8, or r7.
std::optional<Registers> arm_registers(Bytes regset, std::optional<int> syscall_number);

// The same sets for the unwinder: what runs is told by the code segment or the size.
std::optional<UnwindRegisters> x86_unwind_registers(Bytes regset);
std::optional<UnwindRegisters> arm_unwind_registers(Bytes regset);

// At a syscall-stop, from registers alone: true for the exit, false for the entry, nothing if they do not tell.
// x86 shows -ENOSYS in the result register at entry, and a call may of course return ENOSYS. arm64 puts 0 or 1 in x7.
std::optional<bool> x86_is_exit(Bytes regset);
std::optional<bool> arm_is_exit(Bytes regset);

// A stopped tracee. Nothing: it is gone.
struct LiveRegisters {
  Registers registers;
  std::optional<bool> is_exit;  // meaningful at a syscall-stop only
};
std::optional<LiveRegisters> read_registers(Tid tid);
std::optional<UnwindRegisters> read_unwind_registers(Tid tid);
// The same set, read by the conventions of another ABI: 64-bit code that called by `int $0x80`.
std::optional<LiveRegisters> read_registers_as(Tid tid, Abi abi);

// Replaces the result of the call that the tracee is leaving. False: it is gone.
bool write_result(Tid tid, int64_t value);

// Replaces the first argument of the call that the tracee enters, by the conventions of `abi`, and gives back what it
// was when the tracee leaves the call, unless the result has taken its place, as on arm64. False: it is gone.
bool write_first_argument(Tid tid, Abi abi, uint64_t value);
bool restore_first_argument(Tid tid, Abi abi, uint64_t value);

// Whether the kernel looks at the result once more after an interrupt stop, to start the call again. arm64 does so
// before it: there the tracee has left the call, and only another instruction pointer makes it call again.
constexpr bool restarts_after_stop = native_abi == Abi::x86_64;

// Makes a tracee of arm64 that has left a call make it once more, with what was its first argument. False: it is gone.
bool call_again(Tid tid, uint64_t first_argument);

// Replaces the number of the call that the tracee is entering; -1: no call is made. False: it is gone.
bool write_syscall_number(Tid tid, int64_t number);

// The bytes of the instruction that enters the kernel in the compat ABI from native code, so that a call made with it
// can be told apart when only registers are known: `int $0x80`. Empty: there is no such thing.
Bytes foreign_syscall_instruction();

}  // namespace ktrace::arch
