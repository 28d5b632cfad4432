// -e kvm=vcpu: why ioctl(KVM_RUN) came back, beside its result: `= 0 (KVM_EXIT_MMIO)`. The kernel leaves it in struct
// kvm_run, which the tracee has mapped from the descriptor of the virtual CPU (Linux, Documentation/virt/kvm/api.rst,
// sections 4.10 and 5).
#pragma once

#include "ktrace/call.h"
#include "ktrace/memory.h"
#include "ktrace/sink.h"

namespace ktrace::session {

// At exit, between the result and the end of the call. Of other calls, and where nothing is mapped, there is nothing
// to show.
void show_vcpu_exit(const CallState& call, Memory& memory, Sink& sink);

}  // namespace ktrace::session
