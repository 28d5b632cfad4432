// -e kvm=vcpu: why ioctl(KVM_RUN) came back, beside its result: `= 0 (KVM_EXIT_MMIO)`. -e kvm=vcpu+: below it the state
// of the virtual CPU, as the call found it (` VCPU:0< {...}`) and as it left it (` VCPU:0> {...}`). All that is in
// struct kvm_run, which the tracee has mapped from the descriptor of the virtual CPU (Linux,
// Documentation/virt/kvm/api.rst, sections 4.10 and 5).
//
// Of descriptors that are no virtual CPU there is nothing to show: strace then shows what was left in its buffers.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "decode/decoder.h"
#include "ktrace/call.h"
#include "ktrace/memory.h"
#include "ktrace/sink.h"

namespace ktrace::session {

// The virtual CPU that a call runs.
struct Vcpu {
  int number = 0;
  Address area;                      // where struct kvm_run is mapped
  std::array<uint8_t, 56> before{};  // its members up to those that are shown last, at entry
};

// At entry. Nothing: it is another call, or cannot be found out.
std::optional<Vcpu> find_vcpu(const CallState& call, Memory& memory);

// At exit, between the result and the end of the call. Of other calls, and where nothing is mapped, there is nothing
// to show.
void show_vcpu_exit(const CallState& call, Memory& memory, Sink& sink);

// At exit, behind that. After a failed call only the state at entry.
void show_vcpu(const Vcpu& vcpu, CallState& call, decode::Decoder& decoder, decode::Tracee tracee, Sink& sink,
               const decode::Options& options);

}  // namespace ktrace::session
