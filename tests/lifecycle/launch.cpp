// Starting a command: what is seen first, what of the preparation is hidden, and how failures look.

#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "counting_observer.h"
#include "spec/traits.h"

namespace ktrace::lifecycle {
namespace {

tracer::RunResult trace(CountingObserver& observer, const tracer::Launch& what, tracer::Settings settings = {}) {
  settings.traits = spec::call_traits();
  settings.interruptible = tracer::Settings::Interruptible::never;
  tracer::Supervisor supervisor(settings);
  const auto launched = supervisor.launch(what);
  REQUIRE(launched);
  auto result = supervisor.run(observer);
  CHECK(supervisor.tracee_count() == 0);
  return result;
}

TEST_CASE("a trace begins with the execve call and ends with the exit status") {
  for (const bool registers_only : {false, true}) {
    CountingObserver observer;
    observer.keep_log = true;
    const auto result = trace(observer, command({"/bin/sh", "-c", "exit 3"}), {.registers_only = registers_only});
    CHECK(result.main_exit_status == 3);
    CHECK(!result.main_signal);
    CHECK(observer.started == 1);
    REQUIRE(!observer.entry_log.empty());
    CHECK(observer.entry_log.front().number == SYS_execve);
    CHECK(observer.execs == 1);
    CHECK(observer.outcomes.front().value == 0);
    CHECK(observer.entries == observer.exits + 1);  // exit_group does not return
    CHECK(observer.exits_without_entry == 0);
    CHECK(observer.calls[SYS_exit_group] == 1);
  }
}

TEST_CASE("a command that dies of a signal is reported so") {
  CountingObserver observer;
  const auto result = trace(observer, command({"/bin/sh", "-c", "kill -TERM $$"}));
  CHECK(result.main_signal == SIGTERM);
  CHECK(!result.main_exit_status);
  CHECK(observer.signals_seen[SIGTERM] == 1);
}

TEST_CASE("an execve that fails is the only call shown, and the exit status is 1") {
  struct Failure {
    std::string path;
    int error;
  };
  for (const auto& [path, error] :
       {Failure{"/nonexistent", ENOENT}, Failure{"/", EACCES}, Failure{target("no_format"), ENOEXEC}}) {
    CountingObserver observer;
    observer.keep_log = true;
    const auto result = trace(observer, command({path}));
    CHECK(result.main_exit_status == 1);
    CHECK(observer.entries == 1);
    REQUIRE(observer.outcomes.size() == 1);
    CHECK(observer.outcomes.front().is_error);
    CHECK(observer.outcomes.front().value == -error);
    CHECK(observer.execs == 0);
  }
}

// The lines of /proc/self/status that tell the blocked and the ignored signals.
std::string signal_lines() {
  std::ifstream status("/proc/self/status");
  std::string lines;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk") || line.starts_with("SigIgn")) lines += line + "\n";
  }
  return lines;
}

TEST_CASE("the command gets the signal dispositions and the mask that ktrace was started with") {
  for (const auto level : {tracer::Settings::Interruptible::waiting, tracer::Settings::Interruptible::never_tstp}) {
    CountingObserver observer;
    const std::string before = signal_lines();
    tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = level});
    CHECK(signal_lines() != before);
    const auto compare = R"sh([ "$(grep -E 'Sig(Blk|Ign)' /proc/self/status)" = "$0" ])sh";
    REQUIRE(supervisor.launch(command({"/bin/sh", "-c", compare, before.substr(0, before.size() - 1)})));
    CHECK(supervisor.run(observer).main_exit_status == 0);
  }
  CHECK(!signal_lines().empty());
}

}  // namespace
}  // namespace ktrace::lifecycle
