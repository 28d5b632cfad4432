#include "tracer/restart.h"

#include <sched.h>

#include <cinttypes>
#include <cstdio>
#include <string>

#include "arch/regsets.h"
#include "base/own_proc.h"
#include "tracer/process_info.h"
#include "tracer/ptrace_calls.h"

namespace ktrace::tracer {
namespace {

constexpr int64_t eintr = 4;
constexpr int64_t erestartnohand = 514;  // include/linux/errno.h of the kernel: never seen by programs

uint64_t mask_in(const std::string& status, const char* name) {
  uint64_t mask = 0;
  std::sscanf(status_field(status, name), "%" SCNx64, &mask);
  return mask;
}

// Whether a handler is about to run: then the call has to fail.
bool has_signal_to_handle(Tid tid) {
  const std::string status = base::read_proc(tid.value, "status");
  const uint64_t pending = mask_in(status, "SigPnd:") | mask_in(status, "ShdPnd:");
  return (pending & ~mask_in(status, "SigBlk:") & mask_in(status, "SigCgt:")) != 0;
}

void make_again(Tid tid, const Registers& registers, const BlockedCall& blocked) {
  if (registers.ip.value != blocked.ip || registers.sp.value != blocked.sp) return;
  if (!has_signal_to_handle(tid)) arch::call_again(tid, blocked.first_argument);
}

}  // namespace

std::optional<BlockedCall> parse_blocked_call(std::string_view line) {
  BlockedCall call;
  const std::string text(line);
  const int found = std::sscanf(text.c_str(), "%" SCNu64 " %" SCNx64 " %*x %*x %*x %*x %*x %" SCNx64 " %" SCNx64,
                                &call.number, &call.first_argument, &call.sp, &call.ip);
  return found == 4 && text[0] != '-' ? std::optional(call) : std::nullopt;
}

bool interrupt(Tid tid, std::optional<BlockedCall>& blocked) {
  if (!arch::restarts_after_stop) {
    // What runs may be in a call and about to sleep; one that computes is not waited for long. Who is stopped already,
    // interrupted twice, has no call any more: what is known of it stays.
    std::string line = base::read_proc(tid.value, "syscall");
    for (int tries = 0; tries < 3 && line.starts_with("running"); ++tries) {
      ::sched_yield();
      line = base::read_proc(tid.value, "syscall");
    }
    if (const auto call = parse_blocked_call(line)) blocked = call;
  }
  return ptrace::interrupt(tid);
}

void undo_interruption(Tid tid, const CallTraits& traits, InterruptedAt where,
                       const std::optional<BlockedCall>& blocked) {
  const auto live = arch::read_registers(tid);
  if (!live || live->registers.result != -eintr) return;
  const auto may_start_again = [&](uint64_t number) {
    return (traits.of(live->registers.abi, number) & trait_restarts) != 0;
  };
  if (where == InterruptedAt::interrupt_stop && !arch::restarts_after_stop) {
    if (blocked && may_start_again(blocked->number)) make_again(tid, live->registers, *blocked);
    return;
  }
  // Outside of calls the number is -1. At an entry stop of arm64 the result register still holds an argument.
  if (where == InterruptedAt::syscall_stop && live->is_exit != true) return;
  if (may_start_again(live->registers.number)) arch::write_result(tid, -erestartnohand);
}

}  // namespace ktrace::tracer
