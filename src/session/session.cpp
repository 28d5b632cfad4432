// From options to exit status: opens the output, starts and attaches, lets the supervisor run, and ends as the traced
// command ended.
#include "session/session.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "session/sinks.h"
#include "session/trace_session.h"
#include "tracer/supervisor.h"

namespace ktrace::session {
namespace {

// The status that a shell shows for a command which died of a signal is made by dying of it oneself.
[[noreturn]] void die_of(int signal_number) {
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};  // the core that counts is the command's
  setrlimit(RLIMIT_CORE, &no_core);
  signal(signal_number, SIG_DFL);
  sigset_t just_this;
  sigemptyset(&just_this);
  sigaddset(&just_this, signal_number);
  sigprocmask(SIG_UNBLOCK, &just_this, nullptr);
  kill(getpid(), signal_number);
  _exit(128 + signal_number);  // a signal that does not kill: SIGSTOP and the like never get here
}

// Attaches what -p names, with strace's message for each. Returns false if none could be attached.
bool attach_all(const Options& options, const base::Log& log, tracer::Supervisor& supervisor) {
  bool failed = false;
  for (const Tid tid : options.attach) {
    const Result<std::size_t> count = supervisor.attach(tid);
    if (!count) {
      log.say(count.error().what);
      failed = true;
      continue;
    }
    if (options.filters.quiet.test(filter::Message::attach)) continue;
    if (*count > 1) {
      log.say(fmt::format("Process {} attached with {} threads", tid.value, *count));
    } else {
      log.say(fmt::format("Process {} attached", tid.value));
    }
  }
  return !failed;
}

}  // namespace

int run(const Options& options) {
  const base::Log log{options.program};
  auto sinks = Sinks::open(options, log);
  if (!sinks) {
    log.say(sinks.error().what);
    return 1;
  }

  tracer::Settings settings = options.tracing;
  settings.cpu_times = options.summary_mode != SummaryMode::off;
  tracer::Supervisor supervisor{settings};
  bool attach_failed = false;
  if (options.command) {
    if (const auto started = supervisor.launch(*options.command); !started) {
      log.say(started.error().what);
      return 1;
    } else if (options.command->daemonize != tracer::Launch::Daemonize::no &&
               !options.filters.quiet.test(filter::Message::attach)) {
      log.say(fmt::format("Process {} attached", started->value));
    }
  }
  attach_failed = !attach_all(options, log, supervisor);
  if (supervisor.tracee_count() == 0) return 1;

  TraceSession session{options, log, supervisor, sinks->destination()};
  const tracer::RunResult result = supervisor.run(session);
  const bool output_failed = options.output.separate && sinks->sink().broken();
  sinks->sink().finish();

  if (output_failed) return 1;  // a tracee's file could not be opened: as when the one file of -o cannot be
  if (result.interrupted_by) die_of(*result.interrupted_by);
  if (result.main_signal) die_of(*result.main_signal);
  if (result.main_exit_status) return *result.main_exit_status;
  return attach_failed ? 1 : 0;
}

}  // namespace ktrace::session
