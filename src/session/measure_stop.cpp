// See measure_stop.h. The child measures itself, as it is the one that is held up: how long a call takes before it
// is seized, and how long after. It tells by a pipe and waits by another.
#include "session/measure_stop.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <utility>

#include "ktrace/base/unique_fd.h"
#include "tracer/waiter.h"

namespace ktrace::session {
namespace {

constexpr int calls = 1000;
constexpr int stops_per_call = 2;

struct Pipe {
  UniqueFd out, in;
  bool open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    out.reset(ends[0]);
    in.reset(ends[1]);
    return true;
  }
};

// The median, as what else the machine does makes some calls very long.
Nanoseconds time_call() {
  static std::array<Nanoseconds, calls> times;
  for (Nanoseconds& time : times) {
    const Nanoseconds start = tracer::monotonic_now();
    syscall(SYS_getppid);
    time = tracer::monotonic_now() - start;
  }
  const auto middle = times.begin() + calls / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

// Untraced, then traced.
struct Times {
  Nanoseconds free;
  Nanoseconds traced;
};

// A round of calls first, so that the supervisor has found its way of placing the tracee.
[[noreturn]] void be_traced(const Pipe& go, const Pipe& tell) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Times times{.free = time_call(), .traced = {}};
  char byte = 0;
  if (write(tell.in.get(), &byte, 1) != 1 || read(go.out.get(), &byte, 1) != 1) _exit(1);
  time_call();
  times.traced = time_call();
  const ssize_t written = write(tell.in.get(), &times, sizeof times);
  _exit(written == sizeof times ? 0 : 1);
}

// Does nothing, as cheaply as can be.
class Idle final : public tracer::Observer {
 public:
  void on_stop(const StopEvent& /*event*/, tracer::StoppedTracee tracee) override { std::move(tracee).resume(); }
  void on_end(const EndEvent& /*event*/) override {}
  std::optional<Nanoseconds> on_idle(Nanoseconds /*now*/) override { return {}; }
};

}  // namespace

Nanoseconds own_cpu_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + Nanoseconds(now.tv_nsec);
}

StopCost measure_stop(const tracer::Settings& settings) {
  Pipe go, tell;
  if (!go.open() || !tell.open()) return {};
  const pid_t child = fork();
  if (child < 0) return {};
  if (child == 0) {
    go.in.reset();
    be_traced(go, tell);
  }
  // It is not to be seized while it measures itself untraced.
  tell.in.reset();
  char byte = 0;
  const bool ready = read(tell.out.get(), &byte, 1) == 1;
  StopCost cost;
  std::optional<int> interrupted_by;
  {
    // With several tracees, ktrace does not stay on the CPU of one (tracer/placement.h).
    tracer::Settings how = settings;
    if (settings.follow_forks) how.placing = tracer::Settings::Placing::never;
    tracer::Supervisor supervisor(how);
    const Nanoseconds before = own_cpu_time();
    const bool attached = ready && supervisor.attach(Tid{child}).has_value();
    if (attached && write(go.in.get(), "", 1) == 1) {
      Idle idle;
      interrupted_by = supervisor.run(idle).interrupted_by;
      const auto stops = static_cast<int64_t>(supervisor.stop_count());
      if (stops > 0) cost.own_time = (own_cpu_time() - before) / stops;
    }
  }
  if (interrupted_by) raise(*interrupted_by);  // it was meant for ktrace, which is as killable as ever now
  go.in.reset();
  Times times{};
  const bool told = read(tell.out.get(), &times, sizeof times) == sizeof times;
  while (waitpid(child, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  if (!told) return {};
  cost.time = std::max(times.traced - times.free, Nanoseconds{}) / stops_per_call;
  return cost;
}

}  // namespace ktrace::session
