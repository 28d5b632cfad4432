#include "tracer/placement.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "tracer/waiter.h"

namespace ktrace::tracer {
namespace {

constexpr unsigned stops_to_begin = 64;   // in a row by the same tracee
constexpr unsigned stops_to_presume = 2;  // of the first tracee: a short program is over before there is much to time
constexpr unsigned stops_to_settle = 8;   // after a change of the placement, before it is timed
// In stops, until both ways are timed anew; doubled as long as the result is the same. A wrong result that says "bound"
// costs little, as what then computes or sleeps is not kept on its CPU for long.
struct Terms {
  unsigned first, longest;
};
constexpr Terms bound_terms{2048, 65536};
constexpr Terms free_terms{256, 4096};
constexpr Nanoseconds longest_narrow = std::chrono::milliseconds(10);  // without a stop

bool is_x32(const SyscallEntry& entry) {
  return entry.abi == Abi::x86_64 && (entry.number & 0x4000'0000) != 0;
}

}  // namespace

bool CallWatch::sees_mask(Tid tid, const SyscallEntry& entry, uint32_t traits) {
  if (is_x32(entry)) return true;  // numbers of its own, too rare to mark
  if ((traits & trait_reads_file) != 0) return reads_proc(tid, entry.args[0]);
  if ((traits & trait_keeps_fds) != 0) return false;
  checked_fd_.reset();
  return (traits & (trait_sees_mask | trait_births)) != 0;
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

Placement::Placement(const Settings& settings)
    : traits_(settings.traits),
      always_(settings.placing == Settings::Placing::always),
      follows_forks_(settings.follow_forks) {
  std::memset(&all_, 0xff, sizeof all_);
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  cpus_ = cpus > 0 ? static_cast<unsigned>(cpus) : 1;
  if (cpus_ < 2 || settings.placing == Settings::Placing::never || ::sched_getaffinity(0, sizeof own_, &own_) != 0)
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
  stopped_ = when;
  if (tid != tid_) {
    tid_ = tid;
    sees_mask_ = false;
    settled_.reset();
    calls_.forget();
    enter(Phase::watching);
  }
  ++stops_;
  advance(when);
}

void Placement::entered(Tid tid, const SyscallEntry& entry) {
  const bool looks_for_children = !follows_forks_ && !has_children_;
  if (!looks_for_children && !places()) return;
  const uint32_t traits = traits_.of(entry.abi, entry.number);
  if (looks_for_children) has_children_ = (traits & trait_births) != 0 || is_x32(entry);
  if (places()) sees_mask_ = calls_.sees_mask(tid, entry, traits);
}

void Placement::advance(Nanoseconds when) {
  switch (phase_) {
    case Phase::watching:
      if (presumes_ && stops_ == stops_to_presume)
        presume();
      else if (stops_ == stops_to_begin)
        begin();
      break;
    case Phase::timing_free:
      if (const auto median = timed(when)) {
        free_time_ = *median;
        begun_ = when;
        enter(Phase::timing_bound);
      }
      break;
    case Phase::timing_bound:
      if (const auto median = timed(when)) {
        settle(*median * 10 < free_time_ * 8 ? Phase::bound : Phase::free);
      } else if (when - begun_ > free_time_ * (stops_to_settle + samples)) {
        settle(Phase::free);  // beside a busy process it could take a hundred times as long: do not wait for the end
      }
      break;
    case Phase::bound:
    case Phase::free:
      if (stops_ == term_) begin();
      break;
    case Phase::off: break;
  }
}

// The median time from a resume to the next stop, when there are enough of them.
std::optional<Nanoseconds> Placement::timed(Nanoseconds when) {
  if (stops_ <= stops_to_settle) return std::nullopt;
  times_[stops_ - stops_to_settle - 1] = when - resumed_;
  if (stops_ < stops_to_settle + samples) return std::nullopt;
  std::ranges::nth_element(times_, times_.begin() + samples / 2);
  return times_[samples / 2];
}

void Placement::presume() {
  presumes_ = false;
  term_ = stops_to_begin;
  enter(Phase::bound);
}

void Placement::begin() {
  if (always_) return settle(Phase::bound);
  enter(Phase::timing_free);
}

void Placement::settle(Phase result) {
  const Terms terms = result == Phase::bound ? bound_terms : free_terms;
  term_ = settled_ == result ? std::min(term_ * 2, terms.longest) : terms.first;
  settled_ = result;
  enter(result);
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
  restore();
  if (std::exchange(bound_, false)) ::sched_setaffinity(0, sizeof own_, &own_);
}

bool Placement::resume(Tid tid, int signal, ptrace::Until until, bool stops_at_every_call) {
  const bool narrow_now = places() && tid == tid_ && !sees_mask_;
  if (!narrow_now && narrowed_ && narrowed_->tid == tid) restore();
  const bool narrowed = narrow_now && (narrowed_ || narrow(tid));
  if (phase_ == Phase::timing_free || phase_ == Phase::timing_bound) resumed_ = monotonic_now();
  const bool alive = ptrace::resume(tid, signal, until);
  if (narrowed && (!stops_at_every_call || has_children_)) give_back();
  return alive;
}

// False: it may not run here, or is not to be changed.
bool Placement::narrow(Tid tid) {
  cpu_set_t mask;
  if (::sched_getaffinity(tid.value, sizeof mask, &mask) != 0) return false;
  cpu_set_t common;
  CPU_AND(&common, &mask, &here_);
  if (CPU_COUNT(&common) == 0) {
    enter(Phase::free);
    return false;
  }
  // Where the tracee may run everywhere it gets all bits, so that CPUs which come later are not barred from it.
  const cpu_set_t& wanted = static_cast<unsigned>(CPU_COUNT(&mask)) == cpus_ ? all_ : mask;
  guard_.cover(tid, wanted);
  if (::sched_setaffinity(tid.value, sizeof here_, &here_) != 0) {
    guard_.release();
    enter(Phase::off);
    return false;
  }
  narrowed_ = Narrowed{.tid = tid, .wanted = wanted};
  return true;
}

// Unless somebody has given it another mask meanwhile.
void Placement::restore() {
  if (!narrowed_) return;
  cpu_set_t mask;
  if (::sched_getaffinity(narrowed_->tid.value, sizeof mask, &mask) == 0 && CPU_EQUAL(&mask, &here_))
    return give_back();
  forget(narrowed_->tid);
}

void Placement::give_back() {
  ::sched_setaffinity(narrowed_->tid.value, sizeof narrowed_->wanted, &narrowed_->wanted);
  forget(narrowed_->tid);
}

std::optional<Nanoseconds> Placement::patience(Nanoseconds now) {
  if (!narrowed_) return std::nullopt;
  const Nanoseconds left = stopped_ + longest_narrow - now;
  if (left > Nanoseconds{0}) return left;
  restore();
  return std::nullopt;
}

void Placement::release(Tid tid) {
  if (narrowed_ && narrowed_->tid == tid) restore();
}

void Placement::forget(Tid tid) {
  if (!narrowed_ || narrowed_->tid != tid) return;
  narrowed_.reset();
  guard_.release();
}

}  // namespace ktrace::tracer
