#include "tracer/restart.h"

#include <algorithm>
#include <array>
#include <span>

#include "arch/regsets.h"

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

}  // namespace

bool may_start_again(Abi abi, uint64_t number) {
  const auto calls = calls_of(abi);
  return std::ranges::find(calls, number) != calls.end();
}

void undo_interruption(Tid tid, InterruptedAt where) {
  const auto live = arch::read_registers(tid);
  if (!live || live->registers.result != -eintr) return;
  // Outside of calls the number is -1. At an entry stop of arm64 the result register still holds an argument.
  if (where == InterruptedAt::syscall_stop && live->is_exit != true) return;
  if (!may_start_again(live->registers.abi, live->registers.number)) return;
  arch::write_result(tid, -erestartnohand);
}

}  // namespace ktrace::tracer
