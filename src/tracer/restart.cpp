#include "tracer/restart.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <span>
#include <string>

#include "arch/regsets.h"
#include "tracer/process_info.h"
#include "tracer/ptrace_calls.h"

namespace ktrace::tracer {
namespace {

constexpr int64_t eintr = 4;
constexpr int64_t erestartnohand = 514;  // include/linux/errno.h of the kernel: never seen by programs

// epoll_wait, epoll_pwait, epoll_pwait2, semop, semtimedop, rt_sigtimedwait, io_getevents, io_pgetevents, and what
// gives EINTR on sockets with a timeout: read, write, recvfrom, recvmsg, sendto, sendmsg, accept, accept4. 32-bit ABIs
// have some of them twice, for 64-bit times. Not connect: started again it gives EALREADY.
constexpr std::array<uint64_t, 16> x86_64_calls{232, 281, 441, 65, 220, 128, 208, 333, 0, 1, 45, 47, 44, 46, 43, 288};
constexpr std::array<uint64_t, 17> i386_calls{256, 319, 441, 117, 420, 177, 421, 247, 385,
                                              416, 3,   4,   371, 372, 369, 370, 364};
constexpr std::array<uint64_t, 15> aarch64_calls{22, 441, 193, 192, 137, 4, 292, 63, 64, 207, 212, 206, 211, 202, 242};
constexpr std::array<uint64_t, 19> arm_calls{252, 346, 441, 298, 312, 420, 177, 421, 245, 399,
                                             416, 3,   4,   292, 297, 290, 296, 285, 366};

std::span<const uint64_t> calls_of(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return x86_64_calls;
    case Abi::i386: return i386_calls;
    case Abi::aarch64: return aarch64_calls;
    case Abi::arm: return arm_calls;
  }
  return {};
}

uint64_t mask_in(const std::string& status, const char* name) {
  uint64_t mask = 0;
  std::sscanf(status_field(status, name), "%" SCNx64, &mask);
  return mask;
}

// Whether a handler is about to run: then the call has to fail.
bool has_signal_to_handle(Tid tid) {
  const std::string status = read_proc(tid, "status");
  const uint64_t pending = mask_in(status, "SigPnd:") | mask_in(status, "ShdPnd:");
  return (pending & ~mask_in(status, "SigBlk:") & mask_in(status, "SigCgt:")) != 0;
}

void make_again(Tid tid, const Registers& registers, const BlockedCall& blocked) {
  if (registers.ip.value != blocked.ip || registers.sp.value != blocked.sp) return;
  if (may_start_again(registers.abi, blocked.number) && !has_signal_to_handle(tid))
    arch::call_again(tid, blocked.first_argument);
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
    std::string line = read_proc(tid, "syscall");
    for (int tries = 0; tries < 3 && line.starts_with("running"); ++tries) {
      ::sched_yield();
      line = read_proc(tid, "syscall");
    }
    if (const auto call = parse_blocked_call(line)) blocked = call;
  }
  return ptrace::interrupt(tid);
}

bool may_start_again(Abi abi, uint64_t number) {
  const auto calls = calls_of(abi);
  return std::ranges::find(calls, number) != calls.end();
}

void undo_interruption(Tid tid, InterruptedAt where, const std::optional<BlockedCall>& blocked) {
  const auto live = arch::read_registers(tid);
  if (!live || live->registers.result != -eintr) return;
  if (where == InterruptedAt::interrupt_stop && !arch::restarts_after_stop) {
    if (blocked) make_again(tid, live->registers, *blocked);
    return;
  }
  // Outside of calls the number is -1. At an entry stop of arm64 the result register still holds an argument.
  if (where == InterruptedAt::syscall_stop && live->is_exit != true) return;
  if (!may_start_again(live->registers.abi, live->registers.number)) return;
  arch::write_result(tid, -erestartnohand);
}

}  // namespace ktrace::tracer
