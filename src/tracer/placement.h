// Keeps ktrace on its tracee's CPU, unseen by the tracee.
//
// On a machine with idle CPUs the scheduler wakes a tracee, and then its tracer, on the idle one: each stop costs two
// wake-ups of an idle CPU, five times what a switch on the same CPU costs. Being pinned alone does not help, the other
// side goes elsewhere; both must be bound to one CPU at the moment of the wake-up. So ktrace binds itself, and
// narrows the tracee's mask before it resumes it.
//
// - The mask stays narrow from stop to stop, but is restored before a call that could see it or hand it on (CallWatch),
//   and when there was no stop for a while: what computes or sleeps runs where the scheduler wants it.
// - Where calls pass without a stop, or children of the tracee run untraced, it is restored right after the resume.
// - Only while one tracee makes all the stops, and only while it pays: now and then both ways are timed. The first
//   tracee starts bound, as nearly always pays.
// - What remains: another process that looks at the mask of the tracee in this time (/proc/PID/status).
// - If ktrace is killed, a guard restores the mask (affinity_guard.h). If both are killed at once, the mask of one
//   tracee may stay narrowed. A mask that someone else sets meanwhile is kept.
// - Where a mask cannot be read or set, all this is off.
#pragma once

#include <sched.h>

#include <array>
#include <optional>

#include "ktrace/stop.h"
#include "tracer/affinity_guard.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor.h"

namespace ktrace::tracer {

// Which calls must start with the full mask. Knows what the tracee does from its entries, one tracee at a time.
class CallWatch {
 public:
  // True: the call that starts now could observe the mask, make a task that inherits it, or give the tracee another
  // tid.
  bool sees_mask(Tid tid, const SyscallEntry& entry, uint32_t traits);
  void forget() { checked_fd_.reset(); }

 private:
  bool reads_proc(Tid tid, uint64_t fd);

  std::optional<uint64_t> checked_fd_;  // the descriptor looked up last, since when none can have changed
  bool is_proc_ = false;
};

class Placement {
 public:
  explicit Placement(const Settings& settings);
  ~Placement() { unbind(); }
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  void stopped(Tid tid, Nanoseconds when);
  void entered(Tid tid, const SyscallEntry& entry);
  void left() { sees_mask_ = false; }

  // False: the tracee is gone.
  bool resume(Tid tid, int signal, ptrace::Until until, bool stops_at_every_call);

  // How long the supervisor may wait before it looks here again; gives a mask back that was narrow for too long.
  std::optional<Nanoseconds> patience(Nanoseconds now);
  // It is about to be detached.
  void release(Tid tid);
  // It has ended: there is no mask to give back.
  void forget(Tid tid);

 private:
  enum class Phase : uint8_t { watching, timing_free, timing_bound, bound, free, off };

  void advance(Nanoseconds when);
  std::optional<Nanoseconds> timed(Nanoseconds when);
  void presume();
  void begin();
  void settle(Phase result);
  void enter(Phase phase);
  bool bind();
  void unbind();
  bool narrow(Tid tid);
  void restore();
  void give_back();
  [[nodiscard]] bool places() const { return phase_ == Phase::timing_bound || phase_ == Phase::bound; }

  static constexpr unsigned samples = 15;

  CallTraits traits_;
  bool always_;
  bool follows_forks_;
  Phase phase_ = Phase::watching;
  unsigned stops_ = 0;            // in this phase
  unsigned term_ = 0;             // stops until both ways are timed anew
  std::optional<Phase> settled_;  // the result of the last time
  Tid tid_;                       // that stopped last
  bool presumes_ = true;          // that the first tracee is better bound, until that is timed
  bool sees_mask_ = false;
  bool has_children_ = false;  // some run untraced
  bool bound_ = false;         // ktrace is
  struct Narrowed {
    Tid tid;
    cpu_set_t wanted;  // its mask before
  };
  std::optional<Narrowed> narrowed_;
  Nanoseconds stopped_{};  // the last stop
  Nanoseconds resumed_{};
  std::array<Nanoseconds, samples> times_{};
  Nanoseconds free_time_{};
  Nanoseconds begun_{};  // the phase timing_bound
  cpu_set_t own_{};      // ktrace's mask as it was
  cpu_set_t here_{};     // the one CPU
  cpu_set_t all_{};
  unsigned cpus_ = 0;
  CallWatch calls_;
  AffinityGuard guard_;
};

}  // namespace ktrace::tracer
