// Letting tracees go as if they had never been traced: on a fatal signal, at a limit, when the supervisor dies.
//
// Only a stopped tracee can be detached, so a running one is interrupted first. It stops at the next chance, be that a
// syscall-stop, a signal about to be delivered (which PTRACE_DETACH then delivers) or a group-stop (in which the kernel
// leaves it). One that waits in the kernel for its vfork child cannot be interrupted: it is left to the kernel, which
// detaches whatever is still traced when ktrace exits.

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include <sys/types.h>

#include "arch/regsets.h"
#include "ktrace/base/check.h"
#include "tracer/process_info.h"
#include "tracer/ptrace_calls.h"
#include "tracer/restart.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

// How long to wait for tracees that do not stop: when all that are left hang in the kernel or wait for a vfork child,
// and when some could run but, on a busy machine, do not get to it.
// On such a machine clocks tell little: that many times nothing has happened when we were woken.
constexpr Nanoseconds patience = std::chrono::milliseconds(500);
constexpr int vain_waits = 5;
constexpr Nanoseconds most_patience = std::chrono::seconds(20);
// For leaders whose threads have survived them: they are dead, but their end is told only after that of the last one.
constexpr Nanoseconds patience_with_the_dead = std::chrono::milliseconds(10);

}  // namespace

// Without a look at what the detaching does to a call that has just begun; see leave().
void Supervisor::Impl::detach_stopped(Tracee& tracee) {
  const Tid tid = tracee.tid;
  // A child that the observer has not been told of is seized nevertheless and must be let go in its turn.
  if (tracee.follow_up && tracee.follow_up->is_birth()) {
    adopt_announced_child(tracee, tracee.follow_up->kind);
  }
  undo_replacement(tracee);
  placement_.release(tid);
  tracee.stopped = false;
  if (!tracee.gone && ptrace::detach(tid, tracee.pending_signal())) {
    if (tracee.awaits_parent) left_early_.push_back(tid);
    forget_detached(tracee);
  } else {
    tracee.gone = true;  // killed: its end is still to come
  }
}

void Supervisor::Impl::detach_all() {
  // With --kill-on-exit nothing is let go: PTRACE_O_EXITKILL ends them all together with ktrace.
  if (settings_.exit_kill) return;
  for (const Tid tid : tracees_.tids()) {
    if (Tracee& tracee = *tracees_.find(tid); tracee.filtered && !tracee.silent) {
      silence(tracee);
      if (tracee.stopped && !tracee.awaits_parent) go_on(tracee);
    }
  }
  if (!anyone_to_show()) return;
  if (!timer_) timer_.emplace();
  while (const auto status = waiter_.next()) serve_leaving(*status);
  for (const Tid tid : tracees_.tids()) {
    Tracee* tracee = tracees_.find(tid);
    if (!tracee || tracee->silent) continue;
    if (tracee->stopped) {
      leave(*tracee);
    } else if (!tracee->gone && !tracee->interrupted) {
      tracee->interrupted = interrupt(tid, tracee->blocked);
    }
  }
  const Nanoseconds begun = monotonic_now();
  for (int in_vain = 0; anyone_to_show();) {
    const Nanoseconds now = monotonic_now();
    const Stuck stuck = all_stuck();
    if (now - begun > most_patience) break;
    if (now - begun > patience && in_vain >= vain_waits && stuck != Stuck::no) break;
    if (in_vain > 0 && stuck == Stuck::dead) break;
    timer_->limit(stuck == Stuck::dead ? patience_with_the_dead : patience / vain_waits, now);
    const Waiter::Outcome outcome = waiter_.wait(true);
    if (outcome == Waiter::Outcome::no_children) break;
    in_vain = outcome == Waiter::Outcome::interrupted ? in_vain + 1 : 0;
    while (const auto status = waiter_.next()) serve_leaving(*status);
  }
  for (const Tid tid : tracees_.tids()) {
    Tracee& tracee = *tracees_.find(tid);
    if (!tracee.silent) forget_detached(tracee);  // the kernel will see to the rest
  }
}

// Of those that are still to be let go: dead if none is more than that.
Stuck Supervisor::Impl::all_stuck() const {
  Stuck all = Stuck::dead;
  const bool none_can_stop = tracees_.all_of([&all](const Tracee& tracee) {
    if (tracee.silent) return true;
    const Stuck stuck = read_stuck(tracee.tid);
    if (stuck == Stuck::hanging) all = Stuck::hanging;
    return stuck != Stuck::no;
  });
  return none_can_stop ? all : Stuck::no;
}

void Supervisor::Impl::forget_detached(Tracee& tracee) {
  if (tracee.announced || tracee.attached) tell_end(tracee, Detached{}, monotonic_now());
  tracees_.erase(tracee.tid);
}

void Supervisor::Impl::serve_leaving(const WaitStatus& status) {
  if (const Tracee* known = tracees_.find(status.tid); known && known->silent) return serve(status);
  const RawStop stop = classify(status.status);
  Tid former;
  Tracee* tracee = stop.kind == RawStop::Kind::exec ? &rename_at_exec(status, former) : tracees_.find(status.tid);
  if (!tracee) {
    serve_unknown(status, stop);
    tracee = tracees_.find(status.tid);
    if (!tracee) return;
  }
  if (stop.is_end()) return end(*tracee, stop, status.time);
  tracee->enter(stop, status);
  tracee->follow_up = stop;
  leave(*tracee);
}

// Detaches from a stop, now or, at the entry of a call that would be harmed, at the next one.
//
// PTRACE_DETACH as well as PTRACE_INTERRUPT leave a wake-up pending for the thread. On its way into a call that is one
// of those that then give EINTR (restart.h), it would be woken for nothing. So it is sent on to the exit stop, which
// the wake-up makes come at once, and the harm is undone there.
void Supervisor::Impl::leave(Tracee& tracee) {
  tracee.sent_signal = 0;
  undo_replacement(tracee);
  if (tracee.stop.kind == RawStop::Kind::interrupt || tracee.stop.kind == RawStop::Kind::signal) undo_wake_up(tracee);
  if (tracee.stop.kind == RawStop::Kind::syscall && !tracee.gone) {
    const bool was_served = !tracee.follow_up;
    const bool in_call = was_served ? !tracee.in_call : tracee.in_call;  // as it was before this stop
    const auto call = read_call(tracee, in_call);
    if (!call) return tracee.lost();
    const auto* entry = std::get_if<SyscallEntry>(&*call);
    tracee.in_call = entry != nullptr;
    if (entry && (settings_.traits.of(entry->abi, entry->number) & trait_restarts) != 0) {
      if (!tracee.interrupted) tracee.interrupted = interrupt(tracee.tid, tracee.blocked);
      return go_on(tracee);
    }
    if (!entry) undo_interrupt(tracee, InterruptedAt::syscall_stop);
  }
  detach_stopped(tracee);
}

void Supervisor::Impl::undo_interrupt(Tracee& tracee, InterruptedAt where) const {
  undo_interruption(tracee.tid, settings_.traits, where, std::exchange(tracee.blocked, {}));
}

// What is being traced, not the signal, has woken the tracee from its call: a SIGCONT stops threads that run, a signal
// that is ignored arrives. If there is a handler to run, the call ends with EINTR all the same (restart.h). It does so
// after a group-stop, tracer or not (signal(7)).
void Supervisor::Impl::undo_wake_up(Tracee& tracee) const {
  constexpr std::array stopping{SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
  const bool stops =
      tracee.stop.kind == RawStop::Kind::signal && std::ranges::find(stopping, tracee.stop.value) != stopping.end();
  // On arm64 a call that was made again would not end for the handler that the signal may have.
  if (tracee.stop.kind == RawStop::Kind::signal && !arch::restarts_after_stop) return;
  if (!stops && !tracee.was_in_group_stop) undo_interrupt(tracee, InterruptedAt::interrupt_stop);
}

// strace sends the command that it started the signal that ended itself, and SIGCONT in case it is stopped.
void Supervisor::Impl::pass_on(int signal) {
  if (!launched_ || !tracees_.find(*launched_)) return;
  ::kill(launched_->value, SIGCONT);
  ::kill(launched_->value, signal);
}

void Supervisor::Impl::let_go_now() {
  for (const Tid tid : tracees_.tids()) {
    Tracee& tracee = *tracees_.find(tid);
    if (tracee.stopped && !tracee.filtered) static_cast<void>(ptrace::detach(tid, tracee.pending_signal()));
  }
}

}  // namespace ktrace::tracer
