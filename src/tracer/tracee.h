// The tracees and what ptrace needs to know of each. A tracee enters the table when it is attached, launched, announced
// by its parent's event, or shows up before that event; it leaves with its end, when it is detached, or when an execve
// of a sibling makes it vanish.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ktrace/base/ids.h"
#include "ktrace/call.h"
#include "tracer/memory.h"
#include "tracer/raw_stop.h"
#include "tracer/restart.h"
#include "tracer/seccomp.h"
#include "tracer/waiter.h"

namespace ktrace::tracer {

struct Tracee {
  Tracee(Tid its_tid, Tgid its_tgid, MemoryWays& ways) : tid(its_tid), tgid(its_tgid), memory(ways, its_tid) {}

  Tid tid;
  Tgid tgid;
  Tid parent;  // 0: attached or launched
  bool attached = false;
  bool announced = false;      // the observer has got Started
  bool awaits_parent = false;  // it stopped before its parent's event told of it: kept stopped until then
  bool in_call = false;        // the last syscall-stop was an entry

  // The command's seccomp filter (seccomp.h). Its calls may need a tracer to be answered, so it is never detached.
  bool filtered = false;
  bool every_call = true;  // stops at every call, filter or not: it has none, or it has added one of its own
  bool silent = false;     // let go, or never asked for: the observer hears nothing of it
  FilterConcern concern = FilterConcern::none;  // of the call it is in, until it is seen to
  Abi call_abi = native_abi;                    // of that call
  uint64_t first_argument = 0;
  std::optional<uint64_t> changed_flags;  // of a clone: what they were before CLONE_UNTRACED was taken out
  bool changed_memory = false;            // clone3: behind the first argument

  bool interrupted = false;  // by PTRACE_INTERRUPT, in order to detach it
  std::optional<BlockedCall> blocked;

  // A launched child until its execve succeeds: everything but the execve calls is ktrace's own doing, not shown.
  enum class Launching : uint8_t { no, preparing, in_execve } launching = Launching::no;

  bool stopped = false;
  bool gone = false;               // a ptrace request said ESRCH: only its end is left to come
  RawStop stop;                    // the stop it is in, or was in last
  bool was_in_group_stop = false;  // the one before
  Nanoseconds stop_time{};
  Nanoseconds system_time{};
  std::optional<RawStop> follow_up;  // the same stop has more to tell after the event served last

  // The observer does not want the call to be made: its own number, and what the caller gets at the exit stop.
  struct Replaced {
    uint64_t number;
    Outcome result;
  };
  std::optional<Replaced> replaced;
  int sent_signal = 0;  // to be sent when it is resumed from this syscall-stop

  std::optional<Nanoseconds> held_until;  // it stays in this stop for a time

  TraceeMemory memory;

  void enter(RawStop its_stop, const WaitStatus& status) {
    stopped = true;
    gone = false;  // killed, and yet it stops once more, to exit
    was_in_group_stop = stop.kind == RawStop::Kind::group_stop;
    stop = its_stop;
    stop_time = status.time;
    system_time = status.system_time;
    follow_up.reset();
    sent_signal = 0;
    held_until.reset();
  }

  void lost() {  // a request said ESRCH
    gone = true;
    stopped = false;
  }

  [[nodiscard]] bool at_call_stop() const {
    return stop.kind == RawStop::Kind::syscall || stop.kind == RawStop::Kind::seccomp;
  }

  // What PTRACE_SYSCALL or PTRACE_DETACH has to deliver at this stop.
  [[nodiscard]] int pending_signal() const { return stop.kind == RawStop::Kind::signal ? stop.value : sent_signal; }
};

class TraceeTable {
 public:
  Tracee& add(Tid tid, Tgid tgid, MemoryWays& ways);
  Tracee* find(Tid tid);
  void erase(Tid tid) { tracees_.erase(tid); }

  // After an execve, `former` goes on as `leader` (ptrace(2), "execve(2) under ptrace"). Returns the tracee under its
  // new name, nullptr if `former` was unknown. `vanished`: the old leader was in the table.
  Tracee* rename(Tid former, Tid leader, bool& vanished);

  template <class Predicate>
  [[nodiscard]] bool all_of(Predicate holds) const {
    for (const auto& [tid, tracee] : tracees_) {
      if (!holds(*tracee)) return false;
    }
    return true;
  }

  [[nodiscard]] bool empty() const { return tracees_.empty(); }
  [[nodiscard]] std::size_t size() const { return tracees_.size(); }

  // Safe against changes of the table while the caller works through the copy.
  [[nodiscard]] std::vector<Tid> tids() const;

 private:
  std::unordered_map<Tid, std::unique_ptr<Tracee>> tracees_;
};

// The thread group of a thread that a tracee of group `hint` has just made. tgkill(2) with signal 0 looks it up without
// /proc. A tid that is gone counts as a group of its own.
Tgid find_group(Tid tid, Tgid hint);

// From /proc/TID/status, for a thread of which nothing is known. Nothing: no such thread.
struct Family {
  Tgid group;
  Tgid parent;  // the group it was born from: its own for a thread
};
std::optional<Family> read_family(Tid tid);

}  // namespace ktrace::tracer
