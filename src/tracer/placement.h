// Keeps ktrace on its tracee's CPU, unseen by the tracee.
//
// On a machine with idle CPUs the scheduler wakes a tracee, and then its tracer, on the idle one: each stop costs two
// wake-ups of an idle CPU, five times what a switch on the same CPU costs. Being pinned alone does not help, the other
// side goes elsewhere; both must be bound to one CPU at the moment of the wake-up. So ktrace binds itself, and the
// tracee only around PTRACE_SYSCALL: narrow its mask, resume, restore. From then on the tracee has its full mask.
//
// - Only while one tracee makes all the stops, and only while it pays: every few thousand stops both ways are timed.
// - Calls that could see the narrowed mask or hand it on start with the full one (CallWatch): the tracee may run before
//   the restore. What remains: another process that looks at /proc/PID/status in these microseconds.
// - If ktrace is killed there, a guard restores the mask (affinity_guard.h). If both are killed at once, the mask of
// one
//   tracee may stay narrowed. A mask that someone else sets in these microseconds is lost.
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
  // True: the call that starts now could observe the mask, or make a task that inherits it.
  bool sees_mask(Tid tid, const SyscallEntry& entry);
  void forget() { checked_fd_.reset(); }

 private:
  bool reads_proc(Tid tid, uint64_t fd);

  std::optional<uint64_t> checked_fd_;  // the descriptor looked up last, since when none can have changed
  bool is_proc_ = false;
};

class Placement {
 public:
  explicit Placement(Settings::Placing when);
  ~Placement() { unbind(); }
  Placement(const Placement&) = delete;
  Placement& operator=(const Placement&) = delete;

  void stopped(Tid tid, Nanoseconds when);
  void entered(Tid tid, const SyscallEntry& entry);
  void left() { sees_mask_ = false; }

  // False: the tracee is gone.
  bool resume(Tid tid, int signal, ptrace::Until until);

 private:
  enum class Phase : uint8_t { watching, timing_free, timing_bound, bound, free, off };

  void advance(Nanoseconds when);
  void enter(Phase phase);
  bool bind();
  void unbind();
  bool resume_bound(Tid tid, int signal, ptrace::Until until);
  [[nodiscard]] bool places() const { return phase_ == Phase::timing_bound || phase_ == Phase::bound; }

  static constexpr unsigned samples = 31;

  bool always_;
  Phase phase_ = Phase::watching;
  unsigned stops_ = 0;  // in this phase
  Tid tid_;             // that stopped last
  bool sees_mask_ = false;
  bool bound_ = false;
  Nanoseconds resumed_{};
  std::array<Nanoseconds, samples> times_{};
  Nanoseconds free_time_{};
  cpu_set_t own_{};   // ktrace's mask as it was
  cpu_set_t here_{};  // the one CPU
  cpu_set_t all_{};
  unsigned cpus_ = 0;
  CallWatch calls_;
  AffinityGuard guard_;
};

}  // namespace ktrace::tracer
