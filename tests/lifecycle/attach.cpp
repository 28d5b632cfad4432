// Attaching to processes that are busy, and letting them go as if nothing had happened.

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "counting_observer.h"
#include "running.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;

TEST_CASE("a busy process of 16 threads never notices 100 times attach and detach") {
  Running busy({target("busy"), "16"});
  for (int cycle = 0; cycle < 100; ++cycle) {
    CAPTURE(cycle);
    int stops_left = 20 + 11 * cycle;
    tracer::Supervisor supervisor(
        {.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
    CountingObserver observer([&](const StopEvent&, tracer::StoppedTracee&) {
      if (--stops_left == 0) {
        if (cycle % 2 == 0)
          supervisor.stop();
        else
          ::raise(SIGINT);
      }
      return false;
    });
    const auto attached = supervisor.attach(busy.tid());
    REQUIRE(attached);
    CHECK(*attached >= 17);
    const auto result = supervisor.run(observer);
    CHECK(result.interrupted_by == (cycle % 2 == 0 ? std::nullopt : std::optional(SIGINT)));
    CHECK(supervisor.tracee_count() == 0);
    CHECK(busy.traced_threads() == 0);
    CHECK(observer.attached <= static_cast<int>(*attached));
    CHECK(observer.alive() == 0);
    CHECK(observer.detached >= observer.attached - observer.exited);
  }
  CHECK(busy.finish() == 0);
}

TEST_CASE("a supervisor that is destroyed without run() lets everything go") {
  Running busy({target("busy"), "10"});
  for (int cycle = 0; cycle < 20; ++cycle) {
    {
      tracer::Supervisor supervisor(
          {.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
      REQUIRE(supervisor.attach(busy.tid()));
    }
    CHECK(busy.traced_threads() == 0);
  }
  CHECK(busy.finish() == 0);
}

TEST_CASE("without follow_forks one thread is attached and the others are left alone") {
  Running busy({target("busy"), "8"});
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = Level::waiting});
  const auto attached = supervisor.attach(busy.tid());
  REQUIRE(attached);
  CHECK(*attached == 1);
  CHECK(busy.traced_threads() == 1);
}

// The kernel then wakes threads from their calls and drops signals about to be delivered: more than that they run on
// cannot be asked for.
TEST_CASE("the kernel lets a busy process go when the tracer is killed") {
  Running busy({target("busy"), "16", "calls"});
  for (int cycle = 0; cycle < 20; ++cycle) {
    const pid_t tracer_process = ::fork();
    if (tracer_process == 0) {
      tracer::Supervisor supervisor({.traits = spec::call_traits(), .follow_forks = true});
      int stops_left = 1 + 23 * cycle;
      const auto attached = supervisor.attach(busy.tid());
      int still_to_start = attached ? static_cast<int>(*attached) : -1;
      CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee&) {
        const auto* start = std::get_if<Started>(&event.what);
        if (start && start->attached) --still_to_start;
        if (still_to_start == 0 && --stops_left == 0) ::raise(SIGKILL);
        return false;
      });
      if (attached) supervisor.run(observer);
      ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(tracer_process, &status, 0) == tracer_process);
    CHECK(WIFSIGNALED(status));
    CHECK(busy.traced_threads() == 0);
  }
  CHECK(busy.finish() == 0);
}

// Ends the trace when as many group-stops as are due have come and then no more, or none at all for long.
class UntilQuiet final : public CountingObserver {
 public:
  UntilQuiet(tracer::Supervisor& supervisor, int due) : supervisor_(supervisor), due_(due) {}
  void on_stop(const StopEvent& event, tracer::StoppedTracee token) override {
    quiet_ = 0;
    CountingObserver::on_stop(event, std::move(token));
  }
  std::optional<Nanoseconds> on_idle(Nanoseconds /*now*/) override {
    if (++quiet_ == (group_stops < due_ ? 1000 : 10)) supervisor_.stop();
    return std::chrono::milliseconds(20);
  }

 private:
  tracer::Supervisor& supervisor_;
  int due_;
  int quiet_ = 0;
};

TEST_CASE("a stopped process is attached as stopped, and stays stopped when it is let go") {
  Running busy({target("busy"), "4", "calls"});  // a stop wakes other calls with EINTR all by itself
  REQUIRE(::kill(busy.tid().value, SIGSTOP) == 0);
  int status = 0;
  REQUIRE(::waitpid(busy.tid().value, &status, WUNTRACED) == busy.tid().value);
  for (const bool with_run : {false, true}) {
    tracer::Supervisor supervisor(
        {.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
    const auto attached = supervisor.attach(busy.tid());
    REQUIRE(attached);
    UntilQuiet observer(supervisor, static_cast<int>(*attached));
    if (with_run) {
      supervisor.run(observer);
      CHECK(observer.group_stops == static_cast<int>(*attached));
      CHECK(observer.entries == 0);
    }
  }
  CHECK(busy.reaches_state('T'));
  CHECK(busy.traced_threads() == 0);
  REQUIRE(::kill(busy.tid().value, SIGCONT) == 0);
  CHECK(busy.finish() == 0);
}

TEST_CASE("a process that cannot be attached is refused with the reason") {
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = Level::waiting});
  const auto attached = supervisor.attach({0x3fffffff});
  REQUIRE(!attached);
  CHECK(attached.error().number == ESRCH);
  CHECK(attached.error().what == "attach: ptrace(PTRACE_SEIZE, 1073741823): No such process");
}

}  // namespace
}  // namespace ktrace::lifecycle
