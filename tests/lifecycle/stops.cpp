// Signals, group-stops and kills: what a tracee goes through must be what it would go through untraced.

#include <sys/syscall.h>

#include <csignal>

#include "counting_observer.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;

tracer::RunResult follow(CountingObserver& observer, std::vector<std::string> words, bool registers_only = false) {
  tracer::Supervisor supervisor(
      {.follow_forks = true, .interruptible = Level::never, .registers_only = registers_only});
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

// Runs every_stop and kills its main process at the `nth` stop, before and after the questions of an observer.
tracer::RunResult kill_at(int nth, std::size_t& kind, CountingObserver*& finished, bool& reached) {
  int main_tid = 0;
  int left = nth;
  reached = false;
  auto* observer = new CountingObserver([&](const StopEvent& event, tracer::StoppedTracee& token) {
    if (main_tid == 0) main_tid = event.tid.value;
    if (event.tid.value != main_tid || --left != 0) return false;
    kind = event.what.index();
    reached = true;
    ::kill(main_tid, SIGKILL);
    std::array<uint8_t, 16> bytes{};
    token.memory().read({0x1000}, bytes);
    static_cast<void>(token.registers());
    static_cast<void>(token.siginfo());
    return false;
  });
  finished = observer;
  return follow(*observer, {target("every_stop")});
}

TEST_CASE("a tracee may be killed at any stop, and its end is told") {
  std::set<std::size_t> kinds;
  bool reached = true;
  for (int nth = 1; reached && nth < 1000; ++nth) {
    CAPTURE(nth);
    std::size_t kind = 0;
    CountingObserver* observer = nullptr;
    const auto result = kill_at(nth, kind, observer, reached);
    const std::unique_ptr<CountingObserver> owner(observer);
    if (reached) kinds.insert(kind);
    CHECK(observer->alive() == 0);
    if (!reached) {
      CHECK(result.main_exit_status == 0);
    } else if (kind != StopKind(Exiting{}).index()) {
      CHECK(result.main_signal == SIGKILL);
    }
  }
  CHECK(kinds.size() == std::variant_size_v<StopKind>);
}

}  // namespace
}  // namespace ktrace::lifecycle
