// Signals, group-stops and kills: what a tracee goes through must be what it would go through untraced.

#include <sys/syscall.h>

#include <csignal>

#include "counting_observer.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;

tracer::RunResult follow(CountingObserver& observer, std::vector<std::string> words, bool registers_only = false) {
  tracer::Supervisor supervisor({.traits = spec::call_traits(),
                                 .follow_forks = true,
                                 .interruptible = Level::never,
                                 .registers_only = registers_only});
  REQUIRE(supervisor.launch(command(std::move(words))));
  return supervisor.run(observer);
}

TEST_CASE("job control works on tracees: stops are stops, and every SIGCONT arrives") {
  CountingObserver observer;
  CHECK(follow(observer, {target("stopper"), "50"}).main_exit_status == 0);
  CHECK(observer.signals_seen[SIGSTOP] == 50);
  CHECK(observer.signals_seen[SIGCONT] == 50);
  CHECK(observer.group_stops == 50);
}

TEST_CASE("vfork parents and children are followed") {
  for (const bool registers_only : {false, true}) {
    CountingObserver observer;
    CHECK(follow(observer, {target("vfork_storm"), "20"}, registers_only).main_exit_status == 0);
    CHECK(observer.started == 41);
    CHECK(observer.execs == 21);
    CHECK(observer.births == 40);
    CHECK(observer.exited == 41);
    CHECK(observer.exits_without_entry == 0);
  }
}

TEST_CASE("every kind of stop is told by GET_SYSCALL_INFO and by registers alike") {
  for (const bool registers_only : {false, true}) {
    CountingObserver observer;
    CHECK(follow(observer, {target("every_stop")}, registers_only).main_exit_status == 0);
    CHECK(observer.started == 3);
    CHECK(observer.births == 2);
    CHECK(observer.execs == 2);
    CHECK(observer.group_stops == 1);
    CHECK(observer.exitings == 3);
    CHECK(observer.signals_seen[SIGUSR1] == 1);
    CHECK(observer.signals_seen[SIGSTOP] == 1);
    CHECK(observer.signals_seen[SIGCONT] == 1);
    CHECK(observer.exits_without_entry == 0);
    CHECK(observer.entries == observer.exits + 3);
  }
}

// Runs every_stop and kills the process that comes to the `nth` stop of one kind there, before an observer's questions.
// False: there was no such stop.
bool kill_at(std::size_t kind, int nth) {
  Tgid killed;
  Tgid main;
  int left = nth;
  CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee& token) {
    if (main.value == 0) main = event.tgid;
    if (event.what.index() != kind || --left != 0) return false;
    killed = event.tgid;
    ::kill(killed.value, SIGKILL);
    std::array<uint8_t, 16> bytes{};
    token.memory().read({0x1000}, bytes);
    static_cast<void>(token.registers());
    static_cast<void>(token.siginfo());
    return false;
  });
  const auto result = follow(observer, {target("every_stop")});
  CHECK(observer.alive() == 0);
  if (killed != main) {
    CHECK(result.main_exit_status == 0);
  } else if (kind != StopKind(Exiting{}).index()) {  // a kill may come too late for what exits already
    CHECK(result.main_signal == SIGKILL);
  }
  return killed.value != 0;
}

TEST_CASE("a tracee may be killed at any stop, and its end is told") {
  for (std::size_t kind = 0; kind < std::variant_size_v<StopKind>; ++kind) {
    CAPTURE(kind);
    CHECK(kill_at(kind, 1));
    for (int nth = 2; nth < 60 && kill_at(kind, nth); ++nth) {
    }
  }
}

}  // namespace
}  // namespace ktrace::lifecycle
