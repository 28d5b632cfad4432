// Letting tracees go as if they had never been traced: on a fatal signal, at a limit, when the supervisor dies.
//
// Only a stopped tracee can be detached, so a running one is interrupted first. It stops at the next chance, be that a
// syscall-stop, a signal about to be delivered (which PTRACE_DETACH then delivers) or a group-stop (in which the kernel
// leaves it). One that waits in the kernel for its vfork child cannot be interrupted: it is left to the kernel, which
// detaches whatever is still traced when ktrace exits.

#include <csignal>

#include <sys/types.h>

#include "ktrace/base/check.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

// How long to wait for tracees that do not stop although nothing is known to keep them: they hang in the kernel.
constexpr Nanoseconds patience = std::chrono::milliseconds(500);

bool waits_for_vfork_child(const Tracee& tracee) {
  return tracee.in_vfork;
}

}  // namespace

void Supervisor::Impl::detach_stopped(Tracee& tracee) {
  const Tid tid = tracee.tid;
  // A child that the observer has not been told of is seized nevertheless and must be let go in its turn.
  if (tracee.follow_up && tracee.follow_up->is_birth()) {
    if (const auto child = ptrace::event_message(tid)) {
      adopt_child(tracee, {static_cast<int>(*child)}, tracee.follow_up->kind);
    }
  }
  tracee.stopped = false;
  if (!tracee.gone && ptrace::detach(tid, tracee.pending_signal())) {
    tracees_.erase(tid);
  } else {
    tracee.gone = true;  // killed: its end is still to come
  }
}

void Supervisor::Impl::detach_all() {
  if (tracees_.empty()) return;
  if (!timer_) timer_.emplace();
  while (const auto status = waiter_.next()) serve_leaving(*status);
  for (const Tid tid : tracees_.tids()) {
    Tracee* tracee = tracees_.find(tid);
    if (!tracee) continue;
    if (tracee->stopped) {
      detach_stopped(*tracee);
    } else if (!tracee->gone) {
      static_cast<void>(ptrace::interrupt(tid));
    }
  }
  const Nanoseconds give_up = monotonic_now() + patience;
  while (!tracees_.empty() && !tracees_.all_of(&waits_for_vfork_child) && monotonic_now() < give_up) {
    timer_->limit(give_up - monotonic_now());
    if (waiter_.wait(true) == Waiter::Outcome::no_children) break;
    while (const auto status = waiter_.next()) serve_leaving(*status);
  }
}

void Supervisor::Impl::serve_leaving(const WaitStatus& status) {
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
  detach_stopped(*tracee);
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
    if (tracee.stopped) static_cast<void>(ptrace::detach(tid, tracee.pending_signal()));
  }
}

}  // namespace ktrace::tracer
