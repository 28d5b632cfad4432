// From options to exit status: opens the output, starts and attaches, lets the supervisor run, and ends as the traced
// command ended.
#include "session/session.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/program.h"
#include "session/explain_command.h"
#include "session/front.h"
#include "session/measure_stop.h"
#include "session/sinks.h"
#include "session/trace_session.h"
#include "session/wanted.h"
#include "tracer/refusal.h"
#include "tracer/signals.h"
#include "tracer/supervisor.h"

namespace ktrace::session {
namespace {

tracer::Settings settings_of(const Options& options) {
  tracer::Settings settings = options.tracing;
  settings.cpu_times = !options.stats.what.empty();
  return settings;
}

void say_refusal(const base::Log& log, const Error& error, Tid tid) {
  log.say(error.what);
  for (const std::string& line : tracer::explain_refusal(error.number, tracer::gather_refusal_facts(tid)))
    log.say(line);
}

// The command could not be: the reason is none of its own.
void say_why_not_traced(const base::Log& log, int error) {
  tracer::RefusalFacts facts = tracer::gather_refusal_facts({getpid()});
  facts.same_process = false;
  if (!facts.own_child_refused) return;
  for (const std::string& line : tracer::explain_refusal(error, facts)) log.say(line);
}

void say_attached(const Options& options, const base::Log& log, Tid tid, std::size_t threads) {
  if (options.filters.quiet.test(filter::Message::attach)) return;
  if (threads > 1) {
    log.say(fmt::format("Process {} attached with {} threads", tid.value, threads));
  } else {
    log.say(fmt::format("Process {} attached", tid.value));
  }
}

// Attaches what -p and its kin name, with strace's message for each: not before its file, if each has its own, is open.
// Returns false if any could not be attached, or its file not be opened: then the trace ends as soon as it has begun.
bool attach_all(const Options& options, const base::Log& log, tracer::Supervisor& supervisor, Sinks& sinks) {
  bool failed = false;
  const auto refused = [&](Tid tid, const Error& error) {
    say_refusal(log, error, tid);
    failed = true;
  };
  for (const Tid tid : options.attach) {
    if (const Result<std::size_t> threads = supervisor.attach(tid)) {
      if (!sinks.open_for(tid)) return false;
      say_attached(options, log, tid, *threads);
    } else {
      refused(tid, threads.error());
    }
  }
  for (const Tgid root : options.attach_trees) {
    const tracer::AttachedTree tree = supervisor.attach_tree(root);
    for (const auto& process : tree.processes) {
      if (!sinks.open_for(process.leader)) return false;
      say_attached(options, log, process.leader, process.threads);
    }
    for (const auto& process : tree.refused) refused(process.leader, process.why);
  }
  return !failed;
}

// Only now the program is looked for: strace opens its output first, so that a file is there also if there is no
// program. Nothing: it was said why.
std::optional<Tid> launch(const tracer::Launch& command, const base::Log& log, tracer::Supervisor& supervisor) {
  tracer::Launch found = command;
  Result<std::string> path = base::find_program(command.path);
  if (!path) {
    log.say(path.error().what);
    const std::string& name = command.path;
    const auto lines = name.find('/') == std::string::npos ? explain_not_found(name, getenv("PATH"))
                                                           : explain_no_file(name, path.error().number);
    for (const std::string& line : lines) log.say(line);
    return std::nullopt;
  }
  found.path = *std::move(path);
  const auto started = supervisor.launch(found);
  if (started) return *started;
  log.say(started.error().what);
  say_why_not_traced(log, started.error().number);
  return std::nullopt;
}

// For the footer of --stats.
stats::TracingCost cost_so_far(const Options& options, const tracer::Supervisor& supervisor, Nanoseconds before) {
  return {.stops = supervisor.stop_count(),
          .own_time = own_cpu_time() - before,
          .stop = options.stop_cost.time,
          .own_per_stop = options.stop_cost.own_time};
}

// Processes that cannot do without a tracer (tracer/seccomp.h) are served by this one from now on, and by nothing else:
// what is left to do may have to wait for who reads the trace, and so is done by a child, which returns from here.
void keep_aside(tracer::Supervisor& supervisor) {
  if (fork() == 0) return;
  step_aside();
  supervisor.keep();
  _exit(0);
}

// Everything but the end.
enum class LeftOver : uint8_t { is_free, needs_tracer };
End trace(const Options& options, const base::Log& log, tracer::Supervisor& supervisor, LeftOver left_over) {
  auto sinks = Sinks::open(options, log, [&options, &supervisor, before = own_cpu_time()] {
    return cost_so_far(options, supervisor, before);
  });
  if (!sinks) {
    log.say(sinks.error().what);
    return {.status = 1};
  }
  if (options.command) {
    const auto started = launch(*options.command, log, supervisor);
    if (!started) return {.status = 1};
    if (options.command->daemonize != tracer::Launch::Daemonize::no &&
        !options.filters.quiet.test(filter::Message::attach)) {
      log.say(fmt::format("Process {} attached", started->value));
    }
  }
  const bool attach_failed = !attach_all(options, log, supervisor, *sinks);
  if (supervisor.tracee_count() == 0) return {.status = 1};

  TraceSession session{options, log, supervisor, sinks->destination()};
  const tracer::RunResult result = supervisor.run(session);
  if (left_over == LeftOver::needs_tracer && supervisor.tracee_count() != 0) keep_aside(supervisor);
  if (result.interrupted_by && (options.tracing.interruptible == tracer::Settings::Interruptible::anywhere ||
                                *result.interrupted_by == tracer::front_died)) {
    sinks->sink().flush();
    return {.signal = *result.interrupted_by};  // as if it had been killed
  }
  if (result.out_of_memory) {
    sinks->sink().flush();
    log.say("Out of memory");
    return {.status = 1};
  }
  const bool output_failed = options.output.separate && sinks->sink().broken();
  sinks->sink().finish();
  if (result.exec_error) {
    const auto path = base::find_program(options.command->path);
    for (const std::string& line : explain_not_executed(path ? *path : options.command->path, *result.exec_error))
      log.say(line);
  }

  std::fputs(options.farewell.c_str(), stderr);
  if (output_failed) return {.status = 1};  // a tracee's file could not be opened
  if (result.interrupted_by) return {.signal = *result.interrupted_by};
  if (result.main_signal) return {.signal = *result.main_signal};
  return {.status = result.main_exit_status.value_or(attach_failed ? 1 : 0)};
}

// A command with a seccomp filter.
int run_filtered(const Options& options) {
  const base::Log log{options.program};
  std::optional<Front> front;
  if (options.command->daemonize == tracer::Launch::Daemonize::no) {
    auto split = Front::split(options.tracing.interruptible);
    if (!split) {
      log.say(split.error().what);
      return 1;
    }
    front = std::move(*split);
  }
  tracer::Settings settings = settings_of(options);
  // The tracer may not die of what ends ktrace, unless the command shall die with it.
  using Interruptible = tracer::Settings::Interruptible;
  if (!settings.exit_kill && settings.interruptible == Interruptible::anywhere) {
    settings.interruptible = Interruptible::waiting;
    settings.dies_unheard = true;
  }
  tracer::Supervisor supervisor{settings};
  const End how = trace(options, log, supervisor, LeftOver::needs_tracer);
  const bool is_aside = supervisor.tracee_count() != 0;
  if (front) front->tell(how, is_aside);
  if (is_aside) _exit(how.status);  // what there is to tidy up is the tracer's
  return how.status;
}

// Gives the command its seccomp filter, or says why it gets none.
std::string_view choose_filter(Options& options) {
  if (!options.command) return "no command is started";
  if (!options.seccomp_filter) return "--no-seccomp-bpf";
  // The kernel drops what PTRACE_CONT is to send at a seccomp stop, unlike at the entry of a call (kernel/seccomp.c).
  if (options.injections.sends_signals()) return "signals are sent at calls";
  if (options.text.syscall_number) return "-n shows the number of the last call of all";
  const auto wanted = wanted_calls(options);
  if (!wanted) return "every call is traced";
  auto program = tracer::seccomp_program(*wanted, options.tracing.traits);
  if (!program) return "the filter would be too long";
  options.command->filter = *std::move(program);
  return {};
}

void tell_filter(const Options& options) {
  const base::Log log{options.program};
  if (options.every_call_because.empty()) return log.say("debug: a seccomp filter lets calls that are not traced pass");
  log.say(fmt::format("debug: every call stops: {}", options.every_call_because));
}

}  // namespace

int run(const Options& given) {
  Options options = given;
  options.every_call_because = choose_filter(options);
  if (options.stats.given) options.stop_cost = measure_stop(settings_of(options));
  if (options.tracing.debug) tell_filter(options);
  if (options.every_call_because.empty()) return run_filtered(options);
  const base::Log log{options.program};
  tracer::Supervisor supervisor{settings_of(options)};
  const End how = trace(options, log, supervisor, LeftOver::is_free);
  if (how.signal) end(how);
  return how.status;
}

}  // namespace ktrace::session
