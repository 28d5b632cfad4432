// Tracees with the command's seccomp filter (seccomp.h): their stops, what must be done to keep them in sight, and how
// they are let go, which is to stay their tracer in silence. The kernel answers a call that the filter stops with
// ENOSYS when there is no tracer, and a filter cannot be taken off.
//
// When ktrace itself is killed, what still has the filter dies with it (PTRACE_O_EXITKILL); the process that a user
// sees and kills as ktrace is therefore not the one that traces (session/front.h).
#include <sched.h>

#include <csignal>
#include <utility>

#include "arch/regsets.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

// CLONE_UNTRACED is in the lower half.
void write_clone3_flags(Tid tid, Address at, uint64_t flags) {
  if (const auto word = ptrace::peek(tid, at))
    ptrace::poke(tid, at, (*word & ~0xffff'fffful) | (flags & 0xffff'fffful));
}

}  // namespace

bool Supervisor::Impl::anyone_to_show() const {
  if (!any_silent_) return !tracees_.empty();
  return !tracees_.all_of([](const Tracee& tracee) { return tracee.silent; });
}

ptrace::Until Supervisor::Impl::next_stop(const Tracee& tracee) {
  if (tracee.changed_flags || tracee.concern == FilterConcern::other_tracer) return ptrace::Until::call;
  if (tracee.silent) return ptrace::Until::event;
  return tracee.every_call || tracee.in_call ? ptrace::Until::call : ptrace::Until::event;
}

void Supervisor::Impl::silence(Tracee& tracee) {
  if (tracee.announced || tracee.attached) tell_end(tracee, Detached{}, monotonic_now());
  tracee.silent = any_silent_ = true;
  if (tracee.stopped) undo_replacement(tracee);
  if (tracee.follow_up && tracee.follow_up->is_birth()) adopt_announced_child(tracee, tracee.follow_up->kind);
  tracee.follow_up.reset();
}

// A child of a silent tracee is silent, and so is one that would not be traced at all without the filter.
void Supervisor::Impl::inherit(Tracee& child, const Tracee& parent) {
  child.filtered = parent.filtered;
  child.every_call = parent.every_call;
  child.silent = is_silent_birth(parent);
  any_silent_ = any_silent_ || child.silent;
  if (parent.memory.distrusted()) child.memory.distrust();
}

bool Supervisor::Impl::is_silent_birth(const Tracee& parent) const {
  return parent.silent || !settings_.follow_forks || parent.changed_flags.has_value();
}

void Supervisor::Impl::serve_silent(Tracee& tracee, RawStop stop) {
  if (stop.is_birth()) adopt_announced_child(tracee, stop.kind);
  if (stop.kind == RawStop::Kind::interrupt || stop.kind == RawStop::Kind::signal) undo_wake_up(tracee);
  const bool at_entry = stop.kind == RawStop::Kind::seccomp;
  if (at_entry || stop.kind == RawStop::Kind::syscall) {
    const auto call = read_call(tracee, !at_entry);
    if (!call) return tracee.lost();
    if (const auto* entry = std::get_if<SyscallEntry>(&*call)) {
      note_concern(tracee, *entry);
    } else {
      left_call(tracee, std::get<SyscallExit>(*call));
    }
  }
  go_on(tracee);
}

// If the tracee stops at every call, its syscall-stop has told of this one already.
void Supervisor::Impl::serve_filtered(Tracee& tracee) {
  if (tracee.in_call) return go_on(tracee);
  const auto call = syscalls_.read(tracee.tid, false);
  if (!call) return tracee.lost();
  if (const auto* entry = std::get_if<SyscallEntry>(&*call)) return enter_call(tracee, *entry);
  go_on(tracee);
}

void Supervisor::Impl::enter_call(Tracee& tracee, const SyscallEntry& entry) {
  tracee.in_call = true;
  note_concern(tracee, entry);
  placement_.entered(tracee.tid, entry);
  tell(tracee, entry);
}

void Supervisor::Impl::note_concern(Tracee& tracee, const SyscallEntry& entry) {
  const FilterConcern concern = concern_of(entry, settings_.traits);
  if (concern == FilterConcern::lazy_memory) distrust_memory(tracee.tgid);
  if (!tracee.filtered) return;
  tracee.concern = concern;
  tracee.call_abi = entry.abi;
  tracee.first_argument = entry.args[0];
}

void Supervisor::Impl::distrust_memory(Tgid tgid) {
  for (const Tid tid : tracees_.tids()) {
    if (Tracee& tracee = *tracees_.find(tid); tracee.tgid == tgid) tracee.memory.distrust();
  }
}

// When the tracee goes on into its clone, the observer has had its look at the arguments. The child is traced now, in
// silence; the parent gets its own flags back when it leaves the call.
void Supervisor::Impl::keep_in_sight(Tracee& tracee) {
  const FilterConcern concern = tracee.concern;
  if (concern != FilterConcern::untraced_child && concern != FilterConcern::untraced_child3) return;
  tracee.concern = FilterConcern::none;
  constexpr uint64_t mask = CLONE_UNTRACED;
  uint64_t flags = tracee.first_argument;
  tracee.changed_memory = concern == FilterConcern::untraced_child3;
  if (tracee.changed_memory) {
    // The first member of struct clone_args, clone(2).
    const std::span<uint8_t> bytes{reinterpret_cast<uint8_t*>(&flags), sizeof flags};
    if (!tracee.memory.read_all({tracee.first_argument}, bytes) || (flags & mask) == 0) return;
    write_clone3_flags(tracee.tid, {tracee.first_argument}, flags & ~mask);
  } else {
    arch::write_first_argument(tracee.tid, tracee.call_abi, flags & ~mask);
  }
  tracee.changed_flags = flags;
}

void Supervisor::Impl::give_back_flags(Tracee& tracee) {
  if (!tracee.changed_flags) return;
  if (tracee.changed_memory) {
    write_clone3_flags(tracee.tid, {tracee.first_argument}, *tracee.changed_flags);
  } else {
    arch::restore_first_argument(tracee.tid, tracee.call_abi, *tracee.changed_flags);
  }
  tracee.changed_flags.reset();
}

void Supervisor::Impl::left_call(Tracee& tracee, const SyscallExit& exit) {
  tracee.in_call = false;
  give_back_flags(tracee);
  const FilterConcern concern = std::exchange(tracee.concern, FilterConcern::none);
  if (concern == FilterConcern::other_tracer && exit.outcome.is_error && !settings_.follow_forks && observer_)
    observer_->on_refused_tracer(tracee.tid);
  if (concern != FilterConcern::own_filter || exit.outcome.is_error) return;
  if (tracee.launching != Tracee::Launching::no) {
    tracee.filtered = filter_exists_ = true;
    tracee.every_call = false;
    return;
  }
  // Its filter may answer calls before ours does. Siblings may have got it too (SECCOMP_FILTER_FLAG_TSYNC).
  for (const Tid tid : tracees_.tids()) {
    if (Tracee& sibling = *tracees_.find(tid); sibling.tgid == tracee.tgid) sibling.every_call = true;
  }
}

void Supervisor::Impl::keep() {
  if (settings_.exit_kill) return;  // the kernel sees to it when ktrace exits
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM}) ::signal(signal, SIG_IGN);
  observer_ = nullptr;
  while (!tracees_.empty()) {
    if (!serve_next() && waiter_.wait(tracees_.size() > 1) == Waiter::Outcome::no_children) return;
  }
}

}  // namespace ktrace::tracer
