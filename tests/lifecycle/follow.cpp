// Following children and threads, their deaths, and execve by any of them.

#include <sys/syscall.h>

#include <csignal>

#include "counting_observer.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

tracer::RunResult follow(CountingObserver& observer, std::vector<std::string> words) {
  tracer::Supervisor supervisor(
      {.traits = spec::call_traits(), .follow_forks = true, .interruptible = tracer::Settings::Interruptible::never});
  REQUIRE(supervisor.launch(command(std::move(words))));
  return supervisor.run(observer);
}

TEST_CASE("every process of a fork storm is seen from its start to its end") {
  CountingObserver observer;
  const auto result = follow(observer, {target("fork_storm"), "3", "6"});
  CHECK(result.main_exit_status == 0);
  const int processes = 1 + 6 + 36 + 216;
  CHECK(observer.started == processes);
  CHECK(observer.exited == processes);
  CHECK(observer.births == processes - 1);
  CHECK(observer.parents_unknown.size() == 1);
  CHECK(observer.calls[SYS_getppid] == 216 * 3);
  CHECK(observer.alive() == 0);
}

TEST_CASE("no call of 16 busy threads is lost") {
  CountingObserver observer;
  const auto result = follow(observer, {target("threads"), "16", "200"});
  CHECK(result.main_exit_status == 0);
  CHECK(observer.started == 17);
  CHECK(observer.calls[SYS_getppid] == 16 * 200);
  CHECK(observer.exited == 17);
}

TEST_CASE("without follow_forks only the first thread is traced, and all work is done") {
  CountingObserver observer;
  tracer::Supervisor supervisor(
      {.traits = spec::call_traits(), .interruptible = tracer::Settings::Interruptible::never});
  REQUIRE(supervisor.launch(command({target("threads"), "4", "100"})));
  CHECK(supervisor.run(observer).main_exit_status == 0);
  CHECK(observer.started == 1);
  CHECK(observer.calls[SYS_getppid] == 0);
}

TEST_CASE("an execve by a thread supersedes the leader and renames the thread") {
  for (const bool leader_leaves : {false, true}) {
    CAPTURE(leader_leaves);
    CountingObserver observer;
    std::vector<std::string> words{target("exec_thread")};
    if (leader_leaves) words.emplace_back("leaves");
    const auto result = follow(observer, words);
    CHECK(result.main_exit_status == 5);
    CHECK(observer.started == 4);
    CHECK(observer.superseded == 1);
    CHECK(observer.execs == 2);
    REQUIRE(observer.renames.size() == 1);
    CHECK(observer.renames.front().first != observer.renames.front().second);
    CHECK(observer.exited + observer.killed == 3);  // two sleepers and the new program
    CHECK(observer.alive() == 0);
  }
}

TEST_CASE("threads that die together all end, and the status is that of the process") {
  struct Way {
    std::string how;
    int status;
    int signal;
  };
  for (const Way& way : {Way{"exit", 7, 0}, Way{"kill", 0, SIGKILL}, Way{"abort", 0, SIGSEGV}, Way{"leader", 7, 0}}) {
    CAPTURE(way.how);
    CountingObserver observer;
    const auto result = follow(observer, {target("die_together"), "16", way.how});
    CHECK(result.main_exit_status.value_or(0) == way.status);
    CHECK(result.main_signal.value_or(0) == way.signal);
    CHECK(observer.started == 18);
    CHECK(observer.exited + observer.killed == 18);
    CHECK(observer.alive() == 0);
  }
}

}  // namespace
}  // namespace ktrace::lifecycle
