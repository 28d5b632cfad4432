// The seccomp program against a reading of it that knows nothing of how it was made: a small cBPF machine asks it
// about every number of both ABIs, and the kernel is asked whether it takes the program.
#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

#include "tracer/seccomp.h"

using namespace ktrace;
using namespace ktrace::tracer;

namespace {

constexpr uint32_t native_arch = native_abi == Abi::x86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64;
constexpr uint32_t compat_arch = compat_abi == Abi::i386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;

constexpr MarkedCall native_calls[] = {{16, trait_may_lazy_memory}, {56, trait_births | trait_clones},
                                       {57, trait_births},          {101, trait_may_trace},
                                       {157, trait_may_filter},     {317, trait_filters},
                                       {323, trait_lazy_memory},    {435, trait_births | trait_clones3}};
constexpr MarkedCall compat_calls[] = {{2, trait_births},        {26, trait_may_trace},   {54, trait_may_lazy_memory},
                                       {120, trait_clones},      {172, trait_may_filter}, {354, trait_filters},
                                       {374, trait_lazy_memory}, {435, trait_clones3}};
CallTraits marked() {
  CallTraits out;
  out.calls[index(native_abi)] = native_calls;
  out.calls[index(compat_abi)] = compat_calls;
  return out;
}
const CallTraits traits = marked();

uint32_t run(const std::vector<sock_filter>& program, const seccomp_data& data) {
  uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& i = program[at];
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        REQUIRE(i.k + 4 <= sizeof data);
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + i.k, 4);
        break;
      case BPF_JMP | BPF_JA: at += i.k; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += accumulator >= i.k ? i.jt : i.jf; break;
      case BPF_JMP | BPF_JSET | BPF_K: at += (accumulator & i.k) != 0 ? i.jt : i.jf; break;
      case BPF_RET | BPF_K: return i.k;
      default: FAIL("an instruction that no such program has");
    }
  }
  FAIL("the program has no end");
  return 0;
}

bool stops(const std::vector<sock_filter>& program, uint32_t arch, uint32_t number, uint64_t first = 0,
           uint64_t second = 0) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = arch;
  data.args[0] = first;
  data.args[1] = second;
  const uint32_t verdict = run(program, data);
  REQUIRE((verdict == SECCOMP_RET_TRACE || verdict == SECCOMP_RET_ALLOW));
  return verdict == SECCOMP_RET_TRACE;
}

bool in(const std::vector<CallRange>& ranges, uint32_t number) {
  for (const CallRange& range : ranges) {
    if (number >= range.first && number <= range.last) return true;
  }
  return false;
}

// clone, clone3, prctl, seccomp, ptrace and userfaultfd have their own rules.
bool special(Abi abi, uint32_t number) {
  return std::ranges::any_of(std::array<uint64_t, 3>{CLONE_UNTRACED, PR_SET_SECCOMP, PTRACE_TRACEME}, [&](auto first) {
    return concern_of({.abi = abi, .number = number, .args = {first}, .ip = {}, .sp = {}}, traits) !=
           FilterConcern::none;
  });
}

// Said in shared memory: behind the filter, without a tracer, even exiting may fail.
bool kernel_takes(std::vector<sock_filter> program) {
  auto* taken =
      static_cast<bool*>(mmap(nullptr, sizeof(bool), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(taken != MAP_FAILED);
  const pid_t child = fork();
  if (child == 0) {
    for (const int sig : {SIGILL, SIGSEGV, SIGABRT})
      signal(sig, SIG_DFL);  // not doctest's handlers: their calls would fail
    const sock_fprog fprog{.len = static_cast<unsigned short>(program.size()), .filter = program.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    *taken = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) == 0;
    __builtin_trap();
  }
  int status = -1;
  waitpid(child, &status, 0);
  const bool result = *taken;
  munmap(taken, sizeof(bool));
  return result;
}

void check(const WantedCalls& wanted) {
  const auto program = seccomp_program(wanted, traits);
  REQUIRE(program);
  CHECK(kernel_takes(*program));
  for (uint32_t number = 0; number < 1100; ++number) {
    CAPTURE(number);
    if (!special(native_abi, number)) CHECK(stops(*program, native_arch, number) == in(wanted.native, number));
    if (!special(compat_abi, number)) CHECK(stops(*program, compat_arch, number) == in(wanted.compat, number));
  }
  for (const uint32_t number : {1100u, 5000u, 0xf0001u, 0xf0005u, 0xffffffffu}) {
    CAPTURE(number);
    CHECK(stops(*program, native_arch, number) == in(wanted.native, number));
    CHECK(stops(*program, compat_arch, number) == in(wanted.compat, number));
  }
}

}  // namespace

TEST_CASE("a program stops at the wanted calls and at no other") {
  SUBCASE("none") {
    check({});
  }
  SUBCASE("one") {
    check({.native = {{257, 257}}, .compat = {{295, 295}}});
  }
  SUBCASE("a few") {
    check({.native = {{0, 0}, {2, 4}, {257, 257}}, .compat = {{3, 6}}});
  }
  SUBCASE("all but one") {
    check({.native = {{0, 38}, {40, UINT32_MAX}}, .compat = {{0, UINT32_MAX}}});
  }
  SUBCASE("every other one: jumps longer than 255") {
    WantedCalls wanted;
    for (uint32_t number = 0; number < 460; number += 2) {
      wanted.native.push_back({number, number});
      wanted.compat.push_back({number + 1, number + 1});
    }
    check(wanted);
  }
}

TEST_CASE("too many segments are refused") {
  WantedCalls wanted;
  for (uint32_t number = 0; number < 4000; number += 2) wanted.native.push_back({number, number});
  CHECK_FALSE(seccomp_program(wanted, traits));
}

TEST_CASE("what could lead out of the tracer's sight stops") {
  const auto program = seccomp_program({}, traits);
  REQUIRE(program);
  for (const Abi abi : {native_abi, compat_abi}) {
    const uint32_t arch = abi == native_abi ? native_arch : compat_arch;
    unsigned always = 0, untraced = 0, filters = 0, tracers = 0;
    for (uint32_t number = 0; number < 1000; ++number) {
      if (stops(*program, arch, number, PTRACE_SEIZE) && !stops(*program, arch, number, PTRACE_CONT)) {
        ++tracers;  // ptrace
        CHECK(stops(*program, arch, number, PTRACE_ATTACH) == stops(*program, arch, number, PTRACE_TRACEME));
      } else if (stops(*program, arch, number)) {
        ++always;  // clone3, seccomp, userfaultfd
      } else if (stops(*program, arch, number, CLONE_UNTRACED | SIGCHLD)) {
        ++untraced;  // clone
      } else if (stops(*program, arch, number, PR_SET_SECCOMP)) {
        ++filters;  // prctl
      }
    }
    CHECK(always == 3);
    CHECK(untraced == 1);
    CHECK(filters == 1);
    CHECK(tracers == 1);
    constexpr uint64_t new_userfaultfd = 0xaa00;  // an ioctl of /dev/userfaultfd
    unsigned devices = 0;
    for (uint32_t number = 0; number < 1000; ++number)
      devices +=
          stops(*program, arch, number, 3, new_userfaultfd) && !stops(*program, arch, number, 3, new_userfaultfd + 1);
    CHECK(devices == 1);
  }
}

TEST_CASE("calls of an architecture that is not known, and those of x32, stop") {
  const auto program = seccomp_program({}, traits);
  REQUIRE(program);
  CHECK(stops(*program, AUDIT_ARCH_PPC64LE, 1));
  if (native_abi == Abi::x86_64) {
    CHECK(stops(*program, native_arch, 0x40000000));
    CHECK(stops(*program, native_arch, 0x40000000 + 547));
  }
  CHECK_FALSE(stops(*program, native_arch, 0x80000000));
}
