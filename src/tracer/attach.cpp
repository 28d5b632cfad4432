// New tracees: attached ones and the launched command (ptrace(2), PTRACE_SEIZE).
//
// A process is attached thread by thread. Threads that appear meanwhile are children of threads already seized, and so
// seized by the kernel, or children of those still to come: /proc/PID/task is read until it shows no new one. But
// whether a child is seized is decided when its parent's clone(2) begins: a parent that was in the midst of it has yet
// to show a child that is not. So everybody seized has to come to a stop before what /proc shows is all.

#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "tracer/launch.h"
#include "tracer/process_info.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

Error refused(Tid tid, int number) {
  return {number, "attach: ptrace(PTRACE_SEIZE, " + std::to_string(tid.value) + "): " + std::strerror(number)};
}

// How long to wait for threads to stop: while one could run but does not get to it, and when all that are left are
// stuck (process_info.h), most likely waiting for their vfork child.
constexpr Nanoseconds most_patience = std::chrono::seconds(20);
constexpr Nanoseconds patience_with_stuck = std::chrono::milliseconds(100);

// Its stop, or its end, can be waited for: then it is in no call any more. What there is to wait for stays there.
bool has_come_to_rest(Tid tid) {
  siginfo_t info{};
  constexpr int options = WSTOPPED | WEXITED | WNOHANG | WNOWAIT | __WALL;
  const int result = ::waitid(P_PID, static_cast<id_t>(tid.value), &info, options);
  return result != 0 || info.si_pid != 0;  // an error: an execve of a sibling has taken it away
}

void await_rest(std::vector<Tid> threads) {
  const Nanoseconds begun = monotonic_now();
  Nanoseconds stuck_since = begun;
  timespec pause{.tv_sec = 0, .tv_nsec = 20'000};
  for (;;) {
    std::erase_if(threads, has_come_to_rest);
    if (threads.empty() || Signals::fatal()) return;
    const Nanoseconds now = monotonic_now();
    if (std::ranges::any_of(threads, [](Tid tid) { return read_stuck(tid) == Stuck::no; })) stuck_since = now;
    if (now - begun > most_patience || now - stuck_since > patience_with_stuck) return;
    ::nanosleep(&pause, nullptr);
    pause.tv_nsec = std::min(2 * pause.tv_nsec, 2'000'000L);
  }
}

}  // namespace

// What has the filter is followed in any case, and killed if ktrace itself is killed: without a tracer its calls would
// fail for no reason that it could know of.
unsigned Supervisor::Impl::options(bool filtered) const {
  unsigned wanted = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
  if (settings_.follow_forks || filtered) wanted |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (settings_.exit_kill || filtered) wanted |= PTRACE_O_EXITKILL;
  if (filtered) wanted |= PTRACE_O_TRACESECCOMP;
  return wanted;
}

Result<std::size_t> Supervisor::Impl::attach(Tid tid) {
  const auto family = read_family(tid);
  const Tgid tgid = family ? family->group : Tgid{tid.value};
  std::size_t count = KT_TRY(attach_one(tid, tgid));
  if (settings_.follow_forks) count += attach_threads(tgid, tid);
  if (has_userfaultfd(tgid)) distrust_memory(tgid);
  return count;
}

// Nobody can attach to a leader that has ended, but to the threads that have survived it.
Result<std::size_t> Supervisor::Impl::attach_process(Tgid process) {
  const Tid leader{process.value};
  Result<std::size_t> count = attach(leader);
  for (const Tid tid : count ? std::vector<Tid>() : list_threads(process)) {
    if (tid == leader || tracees_.find(tid)) continue;
    if (auto others = attach(tid)) return others;
  }
  return count;
}

Result<std::size_t> Supervisor::Impl::attach_one(Tid tid, Tgid tgid) {
  if (const int error = ptrace::seize(tid, options()); error != 0) return refused(tid, error);
  Tracee& tracee = tracees_.add(tid, tgid, memory_ways_);
  tracee.attached = true;
  static_cast<void>(interrupt(tid, tracee.blocked));  // a tracee that is gone shows it by its end
  return std::size_t{1};
}

// The others of a process whose thread `first` is seized.
std::size_t Supervisor::Impl::attach_threads(Tgid tgid, Tid first) {
  std::vector<Tid> seen{first};
  std::size_t count = 0;
  for (std::vector<Tid> newcomers{first}; !newcomers.empty();) {
    await_rest(std::exchange(newcomers, {}));
    for (const Tid tid : list_threads(tgid)) {
      if (std::ranges::find(seen, tid) != seen.end()) continue;
      seen.push_back(tid);
      // Refused: it has just exited, or the kernel has seized it as a new thread of one of ours.
      if (tracees_.find(tid) || !attach_one(tid, tgid)) continue;
      ++count;
      newcomers.push_back(tid);
    }
  }
  return count;
}

Result<Tid> Supervisor::Impl::launch(const Launch& what) {
  StartedChild child = KT_TRY(start(what, signals_));
  return take_over(child.tid, child.go.get(), !what.filter.empty());
}

// Seizes the child where it waits and lets it go on under the supervisor's eyes.
Result<Tid> Supervisor::Impl::take_over(Tid child, int go, bool filtered) {
  if (const int error = ptrace::seize(child, options(filtered)); error != 0) return refused(child, error);
  Tracee& tracee = tracees_.add(child, {child.value}, memory_ways_);
  tracee.launching = Tracee::Launching::preparing;
  launched_ = child;
  WaitStatus status{.tid = child};
  if (ptrace::interrupt(child)) {
    while (::wait4(child.value, &status.status, __WALL, nullptr) < 0 && errno == EINTR) {
    }
    status.time = monotonic_now();
    waiter_.add(status);
  }
  const ssize_t written = ::write(go, "", 1);
  static_cast<void>(written);  // nobody reads: the set-up has failed, and its end is waiting to be served
  return child;
}

}  // namespace ktrace::tracer
