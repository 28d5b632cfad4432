// A wait status becomes events for the observer (ptrace(2)). Three things make it more than a switch:
// - A stop may have two things to tell. The first stop of a tracee says Started; if it was not a plain interrupt, what
//   it is besides follows as an event of its own, with the tracee still in the same stop (Tracee::follow_up).
// - A new child and its parent's fork event come in either order. A child that is early stays stopped.
// - execve by a thread that is not the leader renames it to the leader's tid and takes the leader away silently.

#include <sys/syscall.h>

#include <algorithm>
#include <utility>

#include "ktrace/base/check.h"
#include "tracer/ptrace_calls.h"
#include "tracer/restart.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

// Ends of unknown children that are kept for their parent's event. That event is due soon or, when the parent was
// killed at that moment, never; a bound keeps the latter from piling up.
constexpr std::size_t most_early_ends = 64;

NewChild::By birth_kind(RawStop::Kind kind) {
  if (kind == RawStop::Kind::fork) return NewChild::By::fork;
  return kind == RawStop::Kind::vfork ? NewChild::By::vfork : NewChild::By::clone;
}

EndKind end_kind(RawStop stop) {
  if (stop.kind == RawStop::Kind::exited) return Exited{.status = stop.value};
  return Killed{.signal = stop.value, .core = stop.core};
}

bool is_execve(const SyscallEntry& entry) {
  return entry.abi == native_abi && entry.number == SYS_execve;
}

}  // namespace

// Serves one thing that is at hand. False: there is nothing, wait.
bool Supervisor::Impl::serve_next() {
  if (!ready_.empty()) {
    const Tid tid = ready_.back();
    ready_.pop_back();
    Tracee* tracee = tracees_.find(tid);
    if (tracee && tracee->stopped && tracee->follow_up) {
      const RawStop stop = *tracee->follow_up;
      tracee->follow_up.reset();
      serve_stop(*tracee, stop);
    }
    return true;
  }
  if (const auto status = waiter_.next()) {
    serve(*status);
    return true;
  }
  return false;
}

void Supervisor::Impl::serve(const WaitStatus& status) {
  const RawStop stop = classify(status.status);
  if (!stop.is_end()) ++stops_;
  if (stop.kind == RawStop::Kind::exec) return serve_exec(status);
  Tracee* tracee = tracees_.find(status.tid);
  if (!tracee) return serve_unknown(status, stop);
  if (stop.is_end()) return end(*tracee, stop, status.time);
  tracee->enter(stop, status);
  placement_.stopped(status.tid, status.time);
  serve_stop(*tracee, stop);
}

void Supervisor::Impl::serve_stop(Tracee& tracee, RawStop stop) {
  using Kind = RawStop::Kind;
  if (tracee.awaits_parent) return;
  if (tracee.silent) return serve_silent(tracee, stop);
  if (tracee.launching == Tracee::Launching::preparing) return serve_launching(tracee, stop);
  if (!tracee.announced) return announce(tracee, stop);
  switch (stop.kind) {
    case Kind::syscall: return serve_syscall(tracee);
    case Kind::seccomp: return serve_filtered(tracee);
    case Kind::signal: return tell(tracee, SignalDelivery{.signal = stop.value});
    case Kind::group_stop: return tell(tracee, GroupStop{.signal = stop.value});
    case Kind::fork:
    case Kind::vfork:
    case Kind::clone: return serve_birth(tracee, stop);
    case Kind::exit: return tell(tracee, Exiting{});
    case Kind::interrupt: undo_wake_up(tracee); return go_on(tracee);
    case Kind::other: return go_on(tracee);
    case Kind::exec: return tell(tracee, Exec{.former = tracee.tid});
    case Kind::exited:
    case Kind::killed: break;
  }
  KT_CHECK(false, "this status has its own way");
}

void Supervisor::Impl::announce(Tracee& tracee, RawStop stop) {
  tracee.announced = true;
  if (tracee.attached && stop.kind == RawStop::Kind::interrupt) undo_interrupt(tracee, InterruptedAt::interrupt_stop);
  if (stop.kind != RawStop::Kind::interrupt) tracee.follow_up = stop;
  tell(tracee, Started{.parent = tracee.parent, .attached = tracee.attached});
}

void Supervisor::Impl::tell(Tracee& tracee, StopKind what) {
  const StopEvent event{.tid = tracee.tid,
                        .tgid = tracee.tgid,
                        .time = tracee.stop_time,
                        .system_time = tracee.system_time,
                        .what = what};
  if (observer_) {
    observer_->on_stop(event, StoppedTracee(owner_, tracee.tid));
  } else {
    go_on(tracee);
  }
}

void Supervisor::Impl::serve_syscall(Tracee& tracee) {
  const auto stop = read_call(tracee, tracee.in_call);
  if (!stop) return tracee.lost();
  if (const auto* entry = std::get_if<SyscallEntry>(&*stop)) {
    return enter_call(tracee, *entry);
  }
  const auto& exit = std::get<SyscallExit>(*stop);
  left_call(tracee, exit);
  placement_.left();
  // The execve failed: what the child does now, saying so and exiting, is again not the command's doing.
  if (tracee.launching == Tracee::Launching::in_execve) {
    tracee.launching = Tracee::Launching::preparing;
    if (exit.outcome.is_error) result_.exec_error = static_cast<int>(-exit.outcome.value);
  }
  tell(tracee, exit);
}

void Supervisor::Impl::serve_launching(Tracee& tracee, RawStop stop) {
  const bool filtered = stop.kind == RawStop::Kind::seccomp;
  if (stop.kind != RawStop::Kind::syscall && (!filtered || tracee.in_call)) return go_on(tracee);
  const auto call = syscalls_.read(tracee.tid, tracee.in_call);
  if (!call) return tracee.lost();
  const auto* entry = std::get_if<SyscallEntry>(&*call);
  if (!entry) left_call(tracee, std::get<SyscallExit>(*call));
  if (entry && is_execve(*entry)) {
    tracee.in_call = false;  // this stop is read again below
  } else {
    if (entry && !filtered) tracee.concern = concern_of(*entry, settings_.traits);
    tracee.in_call = entry != nullptr && !filtered;
    return go_on(tracee);
  }
  tracee.launching = Tracee::Launching::in_execve;
  serve_stop(tracee, stop);
}

void Supervisor::Impl::serve_birth(Tracee& tracee, RawStop stop) {
  if (is_silent_birth(tracee)) {
    adopt_announced_child(tracee, stop.kind);
    return go_on(tracee);
  }
  const auto message = ptrace::event_message(tracee.tid);
  if (!message) return tracee.lost();
  const Tid child{static_cast<int>(*message)};
  const Tracee* adopted = adopt_child(tracee, child, stop.kind);
  tell(tracee, NewChild{.child = child, .by = birth_kind(stop.kind)});
  if (adopted) return;
  if (const auto status = take_early_end(child)) {  // it has come and gone already
    const Tracee ghost(child, {child.value}, memory_ways_);
    tell_end(ghost, end_kind(classify(status->status)), status->time);
  }
}

// For a birth that the observer is not told of.
void Supervisor::Impl::adopt_announced_child(const Tracee& parent, RawStop::Kind by) {
  const auto message = ptrace::event_message(parent.tid);
  if (!message) return;
  const Tid child{static_cast<int>(*message)};
  if (!adopt_child(parent, child, by)) take_early_end(child);
}

std::optional<WaitStatus> Supervisor::Impl::take_early_end(Tid child) {
  const auto early = std::ranges::find(early_ends_, child, &WaitStatus::tid);
  if (early == early_ends_.end()) return std::nullopt;
  const WaitStatus status = *early;
  early_ends_.erase(early);
  return status;
}

// Puts the child of a fork event in the table, or finds it there. Nothing: it has ended, or been let go, already.
Tracee* Supervisor::Impl::adopt_child(const Tracee& parent, Tid child, RawStop::Kind by) {
  const Tgid group = by == RawStop::Kind::vfork ? Tgid{child.value} : find_group(child, parent.tgid);
  if (Tracee* known = tracees_.find(child)) {
    if (!known->awaits_parent) return known;
    known->parent = parent.tid;
    known->tgid = group;
    inherit(*known, parent);
    std::erase_if(early_stops_, [child](const EarlyStop& early) { return early.tid == child; });
    let_start(*known);
    return known;
  }
  if (std::ranges::find(early_ends_, child, &WaitStatus::tid) != early_ends_.end()) return nullptr;
  if (std::erase(left_early_, child) != 0) return nullptr;
  Tracee& added = tracees_.add(child, group, memory_ways_);
  added.parent = parent.tid;
  inherit(added, parent);
  return &added;
}

// A tid that is not in the table: a new child that was faster than its parent's event, or no tracee at all.
void Supervisor::Impl::serve_unknown(const WaitStatus& status, RawStop stop) {
  if (stop.is_end()) {
    if (early_ends_.size() == most_early_ends) early_ends_.erase(early_ends_.begin());
    early_ends_.push_back(status);
    return;
  }
  const Family family = read_family(status.tid).value_or(Family{.group = {status.tid.value}, .parent = {}});
  Tracee& tracee = tracees_.add(status.tid, family.group, memory_ways_);
  tracee.enter(stop, status);
  tracee.awaits_parent = true;
  tracee.filtered = filter_exists_;  // if its parent does not tell otherwise
  early_stops_.push_back({.tid = status.tid, .parent = family.parent});
}

void Supervisor::Impl::serve_exec(const WaitStatus& status) {
  Tid former;
  Tracee& tracee = rename_at_exec(status, former);
  if (tracee.silent) return go_on(tracee);
  if (!tracee.announced) return announce(tracee, tracee.stop);  // the filter let its execve pass
  tell(tracee, Exec{.former = former});
}

Tracee& Supervisor::Impl::rename_at_exec(const WaitStatus& status, Tid& former) {
  const auto message = ptrace::event_message(status.tid);
  former = message && *message != 0 ? Tid{static_cast<int>(*message)} : status.tid;
  if (const Tracee* leader = tracees_.find(status.tid);
      leader && former != status.tid && leader->announced && !leader->silent) {
    const auto now = registers(status.tid);
    const auto ip = now ? std::optional(now->ip) : std::nullopt;
    tell_end(*leader, Superseded{.by = former, .ip = ip}, status.time);
  }
  bool vanished = false;
  Tracee* tracee = tracees_.rename(former, status.tid, vanished);
  if (!tracee) {
    tracee = &tracees_.add(status.tid, {status.tid.value}, memory_ways_);
    tracee->filtered = filter_exists_;
  }
  release_orphans(tracee);
  memory_ways_.forget(status.tid);
  tracee->memory.trust();
  tracee->enter(classify(status.status), status);
  tracee->awaits_parent = false;
  tracee->launching = Tracee::Launching::no;
  return *tracee;
}

void Supervisor::Impl::end(Tracee& tracee, RawStop stop, Nanoseconds time) {
  placement_.forget(tracee.tid);
  if (launched_ == tracee.tid) {
    if (stop.kind == RawStop::Kind::exited) {
      result_.main_exit_status = stop.value;
    } else {
      result_.main_signal = stop.value;
    }
  }
  if (!tracee.awaits_parent && !tracee.silent) tell_end(tracee, end_kind(stop), time);
  tracees_.erase(tracee.tid);
  release_orphans(nullptr);
}

void Supervisor::Impl::tell_end(const Tracee& tracee, EndKind what, Nanoseconds time) {
  if (observer_) observer_->on_end({.tid = tracee.tid, .tgid = tracee.tgid, .time = time, .what = what});
}

// A parent that is killed before its fork event leaves a child that waits for it in vain. Whenever a thread has ended,
// children start without a parent if none of their parent's threads is left but `survivor`, which is back from execve.
void Supervisor::Impl::release_orphans(const Tracee* survivor) {
  if (early_stops_.empty()) return;
  const auto lives = [this, survivor](Tgid parent) {
    return !tracees_.all_of([&](const Tracee& t) { return t.tgid != parent || t.awaits_parent || &t == survivor; });
  };
  std::erase_if(early_stops_, [&](const EarlyStop& early) {
    if (lives(early.parent)) return false;
    if (Tracee* tracee = tracees_.find(early.tid); tracee && tracee->awaits_parent) let_start(*tracee);
    return true;
  });
}

void Supervisor::Impl::let_start(Tracee& early) {
  early.awaits_parent = false;
  early.follow_up = early.stop;
  ready_.push_back(early.tid);
}

}  // namespace ktrace::tracer
