// ktrace's own signals by -I, and what becomes of the command and of ktrace's exit; -D in all its grades.

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

#include "counting_observer.h"
#include "running.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;
using Daemonize = tracer::Launch::Daemonize;

constexpr std::initializer_list<int> fatal_signals{SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};

// Runs `threads 2 50000`, which never ends soon, and raises `signal` at its 50th stop.
tracer::RunResult interrupt(int signal, CountingObserver*& finished, Tid& command_tid) {
  int stops = 0;
  finished = new CountingObserver([&stops, signal](const StopEvent&, tracer::StoppedTracee&) {
    if (++stops == 50) ::raise(signal);
    return false;
  });
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = Level::waiting});
  const auto launched = supervisor.launch(command({target("threads"), "2", "50000000"}));
  REQUIRE(launched);
  command_tid = *launched;
  const auto result = supervisor.run(*finished);
  CHECK(supervisor.tracee_count() == 0);
  return result;
}

TEST_CASE("a fatal signal ends the trace and is passed on to the command that was started") {
  for (const int signal : fatal_signals) {
    CAPTURE(signal);
    CountingObserver* observer = nullptr;
    Tid tid;
    const auto result = interrupt(signal, observer, tid);
    const std::unique_ptr<CountingObserver> owner(observer);
    CHECK(result.interrupted_by == signal);
    CHECK(!result.main_exit_status);
    int status = 0;
    REQUIRE(::waitpid(tid.value, &status, 0) == tid.value);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == signal);
  }
}

TEST_CASE("an attached process is not sent the signal that ends the trace") {
  Running busy({target("busy"), "10"});
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
  REQUIRE(supervisor.attach(busy.tid()));
  int stops = 0;
  CountingObserver observer([&stops](const StopEvent&, tracer::StoppedTracee&) {
    if (++stops == 500) ::raise(SIGTERM);
    return false;
  });
  CHECK(supervisor.run(observer).interrupted_by == SIGTERM);
  CHECK(busy.finish() == 0);
}

TEST_CASE("with -I never the same signals are ignored") {
  for (const auto level : {Level::never, Level::never_tstp}) {
    int stops = 0;
    CountingObserver observer([&](const StopEvent&, tracer::StoppedTracee&) {
      if (++stops == 20) {
        for (const int signal : fatal_signals) ::raise(signal);
        if (level == Level::never_tstp) ::raise(SIGTSTP);
      }
      return false;
    });
    tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = level});
    REQUIRE(supervisor.launch(command({target("threads"), "1", "10"})));
    const auto result = supervisor.run(observer);
    CHECK(result.main_exit_status == 0);
    CHECK(!result.interrupted_by);
  }
}

TEST_CASE("a signal that arrives while ktrace blocks in its wait ends the trace") {
  Running busy({target("busy"), "1", "calls"});
  // SIGSTOP makes every thread quiet, so that nothing but the signal can end the wait.
  REQUIRE(::kill(busy.tid().value, SIGSTOP) == 0);
  int status = 0;
  REQUIRE(::waitpid(busy.tid().value, &status, WUNTRACED) == busy.tid().value);
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
  REQUIRE(supervisor.attach(busy.tid()));
  const pid_t self = ::getpid();
  const pid_t sender = ::fork();
  if (sender == 0) {
    ::usleep(200'000);
    ::kill(self, SIGINT);
    ::_exit(0);
  }
  CountingObserver observer;
  CHECK(supervisor.run(observer).interrupted_by == SIGINT);
  ::waitpid(sender, nullptr, 0);
  CHECK(busy.reaches_state('T'));
}

TEST_CASE("on_idle is called again within the time it asks for, though nothing happens") {
  Running busy({target("busy"), "1", "calls"});
  REQUIRE(::kill(busy.tid().value, SIGSTOP) == 0);
  int status = 0;
  REQUIRE(::waitpid(busy.tid().value, &status, WUNTRACED) == busy.tid().value);
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::waiting});
  REQUIRE(supervisor.attach(busy.tid()));

  class Patient final : public tracer::Observer {
   public:
    explicit Patient(tracer::Supervisor& supervisor) : supervisor_(supervisor) {}
    void on_stop(const StopEvent&, tracer::StoppedTracee token) override { std::move(token).resume(); }
    void on_end(const EndEvent&) override {}
    std::optional<Nanoseconds> on_idle(Nanoseconds /*now*/) override {
      if (++idle == 20) supervisor_.stop();
      return std::chrono::milliseconds(10);
    }
    int idle = 0;

   private:
    tracer::Supervisor& supervisor_;
  } observer(supervisor);
  supervisor.run(observer);
  CHECK(observer.idle == 20);
}

TEST_CASE("with --kill-on-exit the tracees die with the tracer") {
  const pid_t tracer_process = ::fork();
  if (tracer_process == 0) {
    int stops = 0;
    tracer::Supervisor supervisor({.traits = spec::call_traits(), .exit_kill = true, .interruptible = Level::never});
    CountingObserver observer([&stops](const StopEvent&, tracer::StoppedTracee&) {
      if (++stops == 50) ::raise(SIGKILL);
      return false;
    });
    if (supervisor.launch(command({target("threads"), "1", "500000000"}))) supervisor.run(observer);
    ::_exit(1);
  }
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  int status = 0;
  REQUIRE(::waitpid(tracer_process, &status, 0) == tracer_process);
  CHECK(WIFSIGNALED(status));
  int killed = 0;
  while (::waitpid(-1, &status, __WALL) > 0) {  // orphans come to us: the command, and the guard of its CPU mask
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ++killed;
  }
  CHECK(killed == 1);
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

// What -D leaves behind: the pid that was forked is the command, its tracer is somewhere else.
TEST_CASE("with -D the command keeps the caller's pid, and its status reaches the caller") {
  for (const auto how : {Daemonize::grandchild, Daemonize::process_group, Daemonize::session}) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = Level::never_tstp});
      auto what = command({"/bin/sh", "-c", "exit 42"});
      what.daemonize = how;
      if (!supervisor.launch(what)) ::_exit(1);
      CountingObserver observer;
      const auto result = supervisor.run(observer);
      struct Report {
        int status, entries;
        pid_t pid, group, session;
      };
      const Report report{result.main_exit_status.value_or(-1), observer.entries, ::getpid(), ::getpgid(0),
                          ::getsid(0)};
      const ssize_t written = ::write(ends[1], &report, sizeof report);
      ::_exit(written == sizeof report ? 0 : 1);
    }
    ::close(ends[1]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 42);
    struct Report {
      int status, entries;
      pid_t pid, group, session;
    } report{};
    REQUIRE(::read(ends[0], &report, sizeof report) == sizeof report);
    ::close(ends[0]);
    CHECK(report.status == 42);
    CHECK(report.entries > 10);
    CHECK(report.pid != child);
    CHECK((report.group == ::getpgid(0)) == (how == Daemonize::grandchild));
    CHECK((report.session == report.pid) == (how == Daemonize::session));
  }
}

}  // namespace
}  // namespace ktrace::lifecycle
