// Undoes what PTRACE_INTERRUPT does to a call that the tracee is blocked in.
//
// Most calls that are woken without a signal to handle start again by themselves (ERESTARTSYS and its kin). A few give
// EINTR instead, which their callers would never have seen without us (signal(7), "Interruption of system calls and
// library functions by stop signals"). While the tracee is still on its way out of the kernel, the result can be
// changed to ERESTARTNOHAND: then the kernel starts the call again, unless there is a signal handler to run, in which
// case EINTR is what the caller would have got anyway. A call with a timeout starts with its full time again.
#pragma once

#include <cstdint>

#include "ktrace/abi.h"
#include "ktrace/base/ids.h"

namespace ktrace::tracer {

// Whether EINTR of this call means that nothing has been done yet, so that it may be started again.
bool may_start_again(Abi abi, uint64_t number);

enum class InterruptedAt : uint8_t { interrupt_stop, syscall_stop };

// For a tracee in the first stop after PTRACE_INTERRUPT.
void undo_interruption(Tid tid, InterruptedAt where);

}  // namespace ktrace::tracer
