// Tampering with calls, as the observer wants it (StoppedTracee): another call in the place of this one with a result
// that was not its own, a signal out of nothing, a tracee that stays stopped for a time. A tracee that is let go gets
// back what was not yet carried out.

#include <algorithm>
#include <optional>
#include <variant>

#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {

void Supervisor::Impl::replace_call(Tid tid, uint64_t number, const Outcome& result) {
  Tracee* tracee = tracees_.find(tid);
  if (!tracee || !tracee->stopped) return;
  const auto call = syscalls_.read(tid, false);
  const auto* entry = call ? std::get_if<SyscallEntry>(&*call) : nullptr;
  if (!entry || !changer_.set_number(tid, number)) return;
  tracee->replaced = {.number = entry->number, .result = result};
}

void Supervisor::Impl::send_signal(Tid tid, int signal) {
  if (Tracee* tracee = tracees_.find(tid)) tracee->sent_signal = signal;
}

// The syscall-stop a tracee is in. At the exit of a replaced call its caller gets the result that it shall get.
std::optional<SyscallStop> Supervisor::Impl::read_call(Tracee& tracee, bool in_call) {
  auto call = syscalls_.read(tracee.tid, in_call);
  if (!call || !tracee.replaced) return call;
  if (auto* exit = std::get_if<SyscallExit>(&*call)) {
    exit->outcome = tracee.replaced->result;
    if (!changer_.set_result(tracee.tid, exit->outcome)) call.reset();
  }
  tracee.replaced.reset();
  return call;
}

// For a tracee that is let go from the stop in which its call was replaced.
void Supervisor::Impl::undo_replacement(Tracee& tracee) {
  if (tracee.follow_up) return;  // a new stop, which nobody has seen
  if (!tracee.at_call_stop() || !tracee.in_call || !tracee.replaced) return;
  changer_.set_number(tracee.tid, tracee.replaced->number);
  tracee.replaced.reset();
}

void Supervisor::Impl::hold(Tid tid, Nanoseconds delay) {
  Tracee* tracee = tracees_.find(tid);
  if (!tracee || !tracee->stopped) return;
  tracee->held_until = monotonic_now() + delay;
  held_.push_back(tid);
}

void Supervisor::Impl::release_held() {
  if (held_.empty()) return;
  const Nanoseconds now = monotonic_now();
  std::erase_if(held_, [&](Tid tid) {
    Tracee* tracee = tracees_.find(tid);
    if (!tracee || !tracee->held_until) return true;  // killed since
    if (*tracee->held_until > now) return false;
    tracee->held_until.reset();
    go_on(*tracee);
    return true;
  });
}

std::optional<Nanoseconds> Supervisor::Impl::next_release() {
  std::optional<Nanoseconds> first;
  for (const Tid tid : held_) {
    const Tracee* tracee = tracees_.find(tid);
    if (tracee && tracee->held_until) first = std::min(first.value_or(*tracee->held_until), *tracee->held_until);
  }
  if (!first) return {};
  return std::max(*first - monotonic_now(), Nanoseconds{0});
}

}  // namespace ktrace::tracer
