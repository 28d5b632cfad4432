// New tracees: attached ones and the launched command (ptrace(2), PTRACE_SEIZE).
//
// A process is attached thread by thread. Threads that appear meanwhile are children of threads already seized, and so
// seized by the kernel, or children of those still to come: /proc/PID/task is read until it shows no new one.

#include <dirent.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tracer/launch.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

Error refused(Tid tid, int number) {
  return {number, "attach: ptrace(PTRACE_SEIZE, " + std::to_string(tid.value) + "): " + std::strerror(number)};
}

std::vector<Tid> list_threads(Tgid tgid) {
  std::vector<Tid> tids;
  DIR* directory = ::opendir(("/proc/" + std::to_string(tgid.value) + "/task").c_str());
  if (!directory) return tids;
  while (const dirent* entry = ::readdir(directory)) {
    if (const int tid = std::atoi(entry->d_name); tid > 0) tids.push_back({tid});
  }
  ::closedir(directory);
  return tids;
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
  if (settings_.follow_forks) count += attach_threads(tgid);
  return count;
}

Result<std::size_t> Supervisor::Impl::attach_one(Tid tid, Tgid tgid) {
  if (const int error = ptrace::seize(tid, options()); error != 0) return refused(tid, error);
  Tracee& tracee = tracees_.add(tid, tgid, memory_ways_);
  tracee.attached = true;
  static_cast<void>(ptrace::interrupt(tid));  // a tracee that is gone shows it by its end
  return std::size_t{1};
}

std::size_t Supervisor::Impl::attach_threads(Tgid tgid) {
  std::vector<Tid> seen;
  std::size_t count = 0;
  for (bool any_new = true; any_new;) {
    any_new = false;
    for (const Tid tid : list_threads(tgid)) {
      if (std::ranges::find(seen, tid) != seen.end()) continue;
      seen.push_back(tid);
      any_new = true;
      // Refused: it has just exited, or the kernel has seized it as a new thread of one of ours.
      if (!tracees_.find(tid) && attach_one(tid, tgid)) ++count;
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
