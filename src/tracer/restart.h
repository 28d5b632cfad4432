// Undoes what PTRACE_INTERRUPT does to a call that the tracee is blocked in.
//
// Most calls that are woken without a signal to handle start again by themselves (ERESTARTSYS and its kin). A few give
// EINTR instead, which their callers would never have seen without us (signal(7), "Interruption of system calls and
// library functions by stop signals"). While the tracee is still on its way out of the kernel, the result can be
// changed to ERESTARTNOHAND: then the kernel starts the call again, unless there is a signal handler to run, in which
// case EINTR is what the caller would have got anyway. A call with a timeout starts with its full time again.
//
// arm64 has decided about that before the tracee stops, if it stops for PTRACE_INTERRUPT rather than at the exit of the
// call. There the tracee is sent back to the instruction that called, with its first argument, in whose place the
// result is: it is told by /proc/TID/syscall before the tracee is interrupted.
// What wakes a tracee of arm64 at a moment of its own - SIGCONT while it runs, a signal that it ignores - in a call
// that a seccomp filter lets pass has no remedy: nothing tells the first argument any more.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "ktrace/base/ids.h"
#include "ktrace/traits.h"

namespace ktrace::tracer {

// The call that a thread sleeps in.
struct BlockedCall {
  uint64_t number = 0, first_argument = 0;
  uint64_t sp = 0, ip = 0;
};

// A line of /proc/TID/syscall. Nothing: it is not in a call, or it runs.
std::optional<BlockedCall> parse_blocked_call(std::string_view line);

// PTRACE_INTERRUPT. `blocked`: what undo_interruption() has to know. False: it is gone.
bool interrupt(Tid tid, std::optional<BlockedCall>& blocked);

enum class InterruptedAt : uint8_t { interrupt_stop, syscall_stop };

// For a tracee in the first stop after PTRACE_INTERRUPT.
void undo_interruption(Tid tid, const CallTraits& traits, InterruptedAt where,
                       const std::optional<BlockedCall>& blocked);

}  // namespace ktrace::tracer
