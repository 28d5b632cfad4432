#include "tracer/placement.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "tracer/waiter.h"

namespace ktrace::tracer {
namespace {

constexpr unsigned stops_to_begin = 64;    // in a row by the same tracee
constexpr unsigned stops_to_settle = 16;   // after a change of the placement, before it is timed
constexpr unsigned stops_per_term = 4096;  // until both ways are timed anew

struct Calls {
  // sched_setaffinity, sched_getaffinity, clone, fork, vfork, clone3, io_uring_setup, _enter, _register
  std::array<uint64_t, 9> mask;
  // readv, preadv, preadv2, sendfile, sendfile64, splice, copy_file_range: rare enough not to look closer
  std::array<uint64_t, 7> rare_reads;
  std::array<uint64_t, 2> reads;   // read, pread64
  std::array<uint64_t, 3> others;  // write, pwrite64, lseek: they do not change descriptors
};
constexpr uint64_t none = ~uint64_t{0};
constexpr Calls x86_64_calls{.mask = {203, 204, 56, 57, 58, 435, 425, 426, 427},
                             .rare_reads = {19, 295, 327, 40, none, 275, 326},
                             .reads = {0, 17},
                             .others = {1, 18, 8}};
constexpr Calls i386_calls{.mask = {241, 242, 120, 2, 190, 435, 425, 426, 427},
                           .rare_reads = {145, 333, 378, 187, 239, 313, 377},
                           .reads = {3, 180},
                           .others = {4, 181, 19}};
constexpr Calls aarch64_calls{.mask = {122, 123, 220, none, none, 435, 425, 426, 427},
                              .rare_reads = {65, 69, 286, 71, none, 76, 285},
                              .reads = {63, 67},
                              .others = {64, 68, 62}};
constexpr Calls arm_calls{.mask = {241, 242, 120, 2, 190, 435, 425, 426, 427},
                          .rare_reads = {145, 361, 392, 187, 239, 340, 391},
                          .reads = {3, 180},
                          .others = {4, 181, 19}};

const Calls& calls_of(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return x86_64_calls;
    case Abi::i386: return i386_calls;
    case Abi::aarch64: return aarch64_calls;
    case Abi::arm: return arm_calls;
  }
  return x86_64_calls;
}

bool is_among(std::span<const uint64_t> calls, uint64_t number) {
  return std::ranges::find(calls, number) != calls.end();
}

constexpr uint64_t x32_bit = 0x4000'0000;

}  // namespace

bool CallWatch::sees_mask(Tid tid, const SyscallEntry& entry) {
  const Calls& calls = calls_of(entry.abi);
  if (entry.abi == Abi::x86_64 && (entry.number & x32_bit) != 0) return true;  // numbers of its own, too rare to list
  if (is_among(calls.reads, entry.number)) return reads_proc(tid, entry.args[0]);
  if (is_among(calls.others, entry.number)) return false;
  checked_fd_.reset();
  return is_among(calls.mask, entry.number) || is_among(calls.rare_reads, entry.number);
}

// /proc tells the masks of processes, Cpus_allowed in status. readlink(2) there never blocks, whatever the file is.
bool CallWatch::reads_proc(Tid tid, uint64_t fd) {
  if (checked_fd_ == fd) return is_proc_;
  std::array<char, 48> link{};
  std::array<char, 6> start{};
  std::snprintf(link.data(), link.size(), "/proc/%d/fd/%llu", tid.value, static_cast<unsigned long long>(fd));
  const ssize_t length = ::readlink(link.data(), start.data(), start.size());
  checked_fd_ = fd;
  is_proc_ = length == static_cast<ssize_t>(start.size()) && std::string_view(start.data(), start.size()) == "/proc/";
  return is_proc_;
}

Placement::Placement(Settings::Placing when) : always_(when == Settings::Placing::always) {
  std::memset(&all_, 0xff, sizeof all_);
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  cpus_ = cpus > 0 ? static_cast<unsigned>(cpus) : 1;
  if (cpus_ < 2 || when == Settings::Placing::never || ::sched_getaffinity(0, sizeof own_, &own_) != 0)
    phase_ = Phase::off;
}

void Placement::enter(Phase phase) {
  phase_ = phase;
  stops_ = 0;
  if (places()) {
    if (!bind()) phase_ = Phase::off;
  } else {
    unbind();
  }
}

void Placement::stopped(Tid tid, Nanoseconds when) {
  if (phase_ == Phase::off) return;
  if (tid != tid_) {
    tid_ = tid;
    sees_mask_ = false;
    calls_.forget();
    enter(Phase::watching);
  }
  ++stops_;
  advance(when);
}

void Placement::entered(Tid tid, const SyscallEntry& entry) {
  if (places()) sees_mask_ = calls_.sees_mask(tid, entry);
}

void Placement::advance(Nanoseconds when) {
  const bool timing = phase_ == Phase::timing_free || phase_ == Phase::timing_bound;
  if (timing && stops_ > stops_to_settle) times_[stops_ - stops_to_settle - 1] = when - resumed_;
  const bool timed = timing && stops_ == stops_to_settle + samples;
  if (timed) std::ranges::nth_element(times_, times_.begin() + samples / 2);
  const Nanoseconds median = times_[samples / 2];
  switch (phase_) {
    case Phase::watching:
      if (stops_ == stops_to_begin) enter(always_ ? Phase::bound : Phase::timing_free);
      break;
    case Phase::timing_free:
      if (!timed) break;
      free_time_ = median;
      enter(Phase::timing_bound);
      break;
    case Phase::timing_bound:
      if (timed) enter(median * 10 < free_time_ * 8 ? Phase::bound : Phase::free);
      break;
    case Phase::bound:
    case Phase::free:
      if (stops_ == stops_per_term) enter(always_ ? Phase::bound : Phase::timing_free);
      break;
    case Phase::off: break;
  }
}

bool Placement::bind() {
  if (bound_) return true;
  const int cpu = ::sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE || !guard_.start()) return false;
  CPU_ZERO(&here_);
  CPU_SET(static_cast<unsigned>(cpu), &here_);
  bound_ = ::sched_setaffinity(0, sizeof here_, &here_) == 0;
  return bound_;
}

void Placement::unbind() {
  if (std::exchange(bound_, false)) ::sched_setaffinity(0, sizeof own_, &own_);
}

bool Placement::resume(Tid tid, int signal, ptrace::Until until) {
  if (places() && tid == tid_ && !sees_mask_) return resume_bound(tid, signal, until);
  if (phase_ == Phase::timing_free) resumed_ = monotonic_now();
  return ptrace::resume(tid, signal, until);
}

bool Placement::resume_bound(Tid tid, int signal, ptrace::Until until) {
  cpu_set_t mask;
  if (::sched_getaffinity(tid.value, sizeof mask, &mask) != 0) return ptrace::resume(tid, signal, until);
  cpu_set_t common;
  CPU_AND(&common, &mask, &here_);
  if (CPU_COUNT(&common) == 0) {  // it may not run here
    enter(Phase::free);
    return ptrace::resume(tid, signal, until);
  }
  // Where the tracee may run everywhere it gets all bits, so that CPUs which come later are not barred from it.
  const cpu_set_t& wanted = static_cast<unsigned>(CPU_COUNT(&mask)) == cpus_ ? all_ : mask;
  guard_.cover(tid, wanted);
  const bool narrowed = ::sched_setaffinity(tid.value, sizeof here_, &here_) == 0;
  if (phase_ == Phase::timing_bound) resumed_ = monotonic_now();
  const bool alive = ptrace::resume(tid, signal, until);
  if (narrowed) ::sched_setaffinity(tid.value, sizeof wanted, &wanted);
  guard_.release();
  if (!narrowed && alive) enter(Phase::off);
  return alive;
}

}  // namespace ktrace::tracer
