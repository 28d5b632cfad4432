// Staying on the tracee's CPU must not be seen by the tracee, and must leave nothing behind.

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "counting_observer.h"
#include "running.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;
using Placing = tracer::Settings::Placing;

cpu_set_t mask_of(int tid) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  ::sched_getaffinity(tid, sizeof mask, &mask);
  return mask;
}

bool equal(const cpu_set_t& a, const cpu_set_t& b) {
  return CPU_EQUAL(&a, &b);
}

TEST_CASE("a tracee never sees another CPU mask than its own, nor do its children") {
  const cpu_set_t before = mask_of(0);
  for (const bool follow : {false, true}) {
    CountingObserver observer;
    tracer::Supervisor supervisor({.traits = spec::call_traits(),
                                   .follow_forks = follow,
                                   .interruptible = Level::never,
                                   .placing = Placing::always});
    REQUIRE(supervisor.launch(command({target("affinity"), "400"})));
    CHECK(supervisor.run(observer).main_exit_status == 0);
  }
  CHECK(equal(mask_of(0), before));
}

TEST_CASE("a narrow mask of the tracee's own stays as it is") {
  const cpu_set_t before = mask_of(0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(::sched_getcpu()), &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  Running affinity({target("affinity"), "0"});
  REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
  {
    tracer::Supervisor supervisor(
        {.traits = spec::call_traits(), .interruptible = Level::waiting, .placing = Placing::always});
    int stops = 0;
    CountingObserver observer([&](const StopEvent&, tracer::StoppedTracee&) {
      if (++stops == 2000) supervisor.stop();
      return false;
    });
    REQUIRE(supervisor.attach(affinity.tid()));
    supervisor.run(observer);
  }
  CHECK(equal(mask_of(affinity.tid().value), one));
  CHECK(equal(mask_of(0), before));
}

TEST_CASE("a tracee that computes has its own CPU mask again soon") {
  const cpu_set_t before = mask_of(0);
  if (CPU_COUNT(&before) < 2) return;  // no mask could be narrower
  tracer::Supervisor supervisor(
      {.traits = spec::call_traits(), .interruptible = Level::waiting, .placing = Placing::always});
  const auto started = supervisor.launch(command({target("affinity"), "-1"}));  // 500 calls, then none
  REQUIRE(started);
  std::atomic<int> narrow_stops = 0;
  CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee&) {
    if (!equal(mask_of(event.tid.value), before)) ++narrow_stops;
    return false;
  });
  bool restored = false;
  std::thread watcher([&, pid = started->value] {
    for (int tries = 0; tries < 100000 && !restored; ++tries) {
      ::usleep(1000);
      restored = narrow_stops > 500 && equal(mask_of(pid), before);
    }
    ::kill(pid, SIGUSR1);
  });
  CHECK(supervisor.run(observer).main_signal == SIGUSR1);
  watcher.join();
  CHECK(restored);
}

TEST_CASE("the tracee has its own CPU mask again when the tracer is killed at any moment") {
  const cpu_set_t before = mask_of(0);
  for (int cycle = 0; cycle < 100; ++cycle) {
    Running affinity({target("affinity"), "0"});
    const pid_t tracer_process = ::fork();
    if (tracer_process == 0) {
      tracer::Supervisor supervisor({.traits = spec::call_traits(), .placing = Placing::always});
      CountingObserver observer;
      if (supervisor.attach(affinity.tid())) supervisor.run(observer);
      ::_exit(1);
    }
    ::usleep(static_cast<useconds_t>(5000 + 137 * cycle));
    ::kill(tracer_process, SIGKILL);
    REQUIRE(::waitpid(tracer_process, nullptr, 0) == tracer_process);
    bool restored = false;
    for (int tries = 0; tries < 20000 && !restored; ++tries) {
      restored = equal(mask_of(affinity.tid().value), before);
      if (!restored) ::usleep(1000);
    }
    CHECK(restored);
  }
}

}  // namespace
}  // namespace ktrace::lifecycle
