// See finish.h.
#include "cli/finish.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "base/quote.h"
#include "cli/command.h"
#include "cli/find_processes.h"
#include "cli/values.h"

namespace ktrace::cli {
namespace {

using filter::Message;
using output::Precision;
using session::SummaryMode;
using Text = output::TextOptions;

constexpr unsigned most_daemonize_letters = 3;

Error usage_error(std::string what) {
  return {EINVAL, std::move(what)};
}

Error together(std::string_view letter, std::string_view name) {
  return {0, fmt::format("{} and {} cannot be provided simultaneously", letter, name)};
}

std::optional<Error> check_command(const Request& request, bool has_command) {
  const bool attaches =
      !request.options.attach.empty() || !request.options.attach_trees.empty() || !request.attach_names.empty();
  if (!has_command && !attaches) return usage_error("must have PROG [ARGS] or -p PID");
  if (!has_command && request.argv0) return usage_error("PROG [ARGS] must be specified with --argv0");
  if (request.daemonize.conflicts()) return together("-D", "--daemonize");
  const bool daemonize = request.daemonize.letters != 0 || request.daemonize.by_name;
  if (!has_command && daemonize) return usage_error("PROG [ARGS] must be specified with -D/--daemonize");
  return {};
}

std::optional<Error> check_spellings(const Request& request) {
  struct Pair {
    const Request::Counted& counted;
    std::string_view letter, name;
  };
  if (request.daemonize.letters > most_daemonize_letters) {
    return usage_error(fmt::format("Too many -D's ({}), maximum supported -D count is {}", request.daemonize.letters,
                                   most_daemonize_letters));
  }
  const Pair pairs[] = {{request.clock, "-t", "--absolute-timestamps"},
                        {request.hex, "-x", "--strings-in-hex"},
                        {request.fds, "-y", "--decode-fds"},
                        {request.follow, "-f", "--follow-forks"},
                        {request.separate, "-ff", "--output-separately"}};
  for (const Pair& pair : pairs)
    if (pair.counted.conflicts()) return together(pair.letter, pair.name);
  return {};
}

// Turns the counts of letters into what they stand for.
void expand_letters(Request& request) {
  auto& options = request.options;
  if (request.clock.letters != 0) {
    options.text.clock = request.clock.letters > 2 ? Text::Clock::epoch : Text::Clock::time;
    options.text.clock_precision = request.clock.letters > 1 ? Precision::us : Precision::s;
  }
  if (request.hex.letters != 0)
    options.text.hex = request.hex.letters > 1 ? base::HexStrings::all : base::HexStrings::non_ascii;
  if (request.fds.letters != 0) {
    auto& decode = options.decode_fds;
    decode.path = true;
    decode.socket = decode.device = decode.eventfd = decode.pidfd = decode.signalfd = request.fds.letters > 1;
  }
  const unsigned daemonize = request.daemonize.by_name ? request.daemonize_as : request.daemonize.letters;
  if (options.command) options.command->daemonize = static_cast<tracer::Launch::Daemonize>(daemonize);
  options.tracing.follow_forks =
      request.follow.letters != 0 || request.follow.by_name || request.old_follow || !options.attach_trees.empty();
}

// The letter -f decides alone: `-f --output-separately` writes one file, as in strace.
bool separates(const Request& request) {
  return request.follow.letters != 0 ? request.separate.letters != 0 : request.separate.by_name;
}

void warn_old_follow(const Request& request, const base::Log& log) {
  if (!request.old_follow) return;
  const bool follows = request.follow.letters != 0 || request.follow.by_name;
  log.say(follows ? "deprecated option -F ignored" : "option -F is deprecated, please use -f/--follow-forks instead");
}

// Where strace goes without its filter, and what it says then.
void check_seccomp(Request& request, const base::Log& log) {
  if (!request.seccomp_filter) return;
  auto& options = request.options;
  request.seccomp_filter = false;
  if (!options.tracing.follow_forks)
    return log.say("--seccomp-bpf cannot be used without -f/--follow-forks, disabling");
  constexpr std::string_view incompatible = "--seccomp-bpf is not enabled because it is not compatible with {}";
  if (options.detach_on_execve) return log.say(fmt::format(incompatible, "-b"));
  if (options.syscall_limit) return log.say(fmt::format(incompatible, "--syscall-limit"));
  if (!options.attach.empty()) {
    log.say("--seccomp-bpf is not enabled for processes attached with -p");
  } else {
    options.tracing.exit_kill = true;  // untraced, a process with the filter could not go on
  }
  request.seccomp_filter = true;
}

// Options that say how lines look have nothing to do under -c.
void warn_summary_only(const Request& request, const base::Log& log) {
  if (request.options.summary_mode != SummaryMode::only) return;
  struct Useless {
    bool given;
    std::string_view option;
  };
  const Text& text = request.options.text;
  const Useless table[] = {{text.instruction_pointer, "-i/--instruction-pointer"},
                           {request.options.stacks.has_value(), "-k/--stack-trace"},
                           {text.syscall_number, "-n/--syscall-number"},
                           {text.argument_names, "-N/--arg-names"},
                           {text.relative.has_value(), "-r/--relative-timestamps"},
                           {text.clock != Text::Clock::none, "-t/--absolute-timestamps"},
                           {text.duration.has_value(), "-T/--syscall-times"},
                           {request.options.decode_fds.any(), "-y/--decode-fds"}};
  for (const Useless& useless : table)
    if (useless.given) log.say(fmt::format("{} has no effect with -c/--summary-only", useless.option));
}

// What --flame shows is all that is wanted, unless something else is asked for that a trace is printed for or to.
std::optional<Error> check_flame(Request& request) {
  auto& options = request.options;
  if (!options.flame.given()) {
    if (request.flame_by_given) return usage_error("--flame-by must be given with --flame");
  } else {
    options.flame.overhead = options.stats.calls.overhead;
  }
  const bool asked = request.output || options.stacks || options.format == session::Format::json;
  const bool alone = options.flame.given() && options.summary_mode == SummaryMode::off && !asked;
  options.shows_trace = options.summary_mode != SummaryMode::only && !alone;
  return {};
}

// --stats is -c with other tables, but does not hold back a trace that is asked for with --json.
std::optional<Error> check_stats(Request& request) {
  auto& options = request.options;
  auto& stats = options.stats;
  if (stats.given) {
    if (separates(request)) return usage_error("--stats and -ff/--output-separately are mutually exclusive");
    auto& mode = options.summary_mode;
    if (mode == SummaryMode::off) mode = options.format == session::Format::json ? SummaryMode::too : SummaryMode::only;
    stats.calls.wall_clock = true;
    if (!request.columns_given) stats.calls.columns = stats::CallTableOptions::columns_of_stats();
  } else if (options.summary_mode != SummaryMode::off) {
    stats.what = {stats::What::syscalls};
  }
  if (stats.what.empty() && !request.needs_tables.empty())
    return usage_error(fmt::format("{} must be given with -c, -C or --stats", request.needs_tables));
  if (stats.every && stats.what.empty() && !options.flame.given())
    return usage_error("--every must be given with -c, -C, --stats or --flame");
  if (stats.anew && !stats.every) return usage_error("--reset must be given with --every");
  return check_flame(request);
}

std::optional<Error> check_summary(const Request& request, const base::Log& log) {
  constexpr std::string_view either = "(-c/--summary-only or -C/--summary)";
  if (request.options.summary_mode != SummaryMode::off) {
    if (separates(request))
      return usage_error(fmt::format("{} and -ff/--output-separately are mutually exclusive", either));
    warn_summary_only(request, log);
    return {};
  }
  if (request.options.stats.calls.wall_clock)
    return usage_error(fmt::format("-w/--summary-wall-clock must be given with {}", either));
  if (request.columns_given) return usage_error(fmt::format("-U/--summary-columns must be given with {}", either));
  if (request.sort_given) log.say(fmt::format("-S/--summary-sort-by has no effect without {}", either));
  return {};
}

bool counts_stacks(const session::Options& options) {
  return options.flame.given() || options.stats.has(stats::What::stacks);
}

void warn_output(const Request& request, const base::Log& log) {
  if (!request.output) {
    if (separates(request) && !request.options.tracing.follow_forks)
      log.say("--output-separately has no effect without -o/--output");
    if (request.append) log.say("-A/--output-append-mode has no effect without -o/--output");
  }
  if (request.successful_only && request.failed_only) {
    log.say(
        "Only the last of -z/--successful-only/-Z/--failed-only options will take effect. See status qualifier for "
        "more "
        "complex filters.");
  }
  if (request.stack_limit && !request.options.stacks && !counts_stacks(request.options))
    log.say("--stack-trace-frame-limit has no effect without -k/--stack-trace");
}

std::optional<Error> set_stacks(Request& request) {
  auto& options = request.options;
  if (options.stack_ids && !options.stacks) return usage_error("--stack-ids must be given with -k/--stack-trace");
  if (!options.shows_trace) options.stacks.reset();
  options.shows_stacks = options.stacks.has_value();
  if (!options.stacks && counts_stacks(options)) options.stacks.emplace();
  if (options.stacks && request.stack_limit) options.stacks->limit = *request.stack_limit;
  return {};
}

// A path is looked for as it was given, and as what it resolves to.
void add_paths(Request& request, const base::Log& log) {
  auto& filters = request.options.filters;
  for (const std::string& path : request.paths) {
    filters.paths.push_back(path);
    char resolved[PATH_MAX];
    if (realpath(path.c_str(), resolved) == nullptr || path == resolved) continue;
    filters.paths.emplace_back(resolved);
    if (filters.quiet.test(Message::path_resolution)) continue;
    std::string text = "Requested path ";
    base::append_quoted(text, path);
    text.append(" resolved into ");
    base::append_quoted(text, resolved);
    log.say(text);
  }
}

std::optional<Error> set_output(Request& request) {
  auto& output = request.options.output;
  output.append = request.append;
  if (!request.output) return {};
  const output::Target target = file_or_pipe(*request.output);
  output.kind = target.kind;
  output.mark = target.mark;
  output.name = target.name;
  if (!separates(request)) return {};
  if (output.kind == output::Target::Kind::pipe)
    return usage_error("piping the output and -ff/--output-separately are mutually exclusive");
  output.separate = true;
  return {};
}

std::optional<Error> check_rotation(const Request& request) {
  const auto& output = request.options.output;
  if (output.rotate == 0) return {};
  if (!output.most_bytes) return usage_error("--rotate must be given with --max-output");
  if (output.kind != output::Target::Kind::file) return usage_error("--rotate must be given with -o FILE");
  return {};
}

std::optional<Error> find_named(Request& request) {
  if (request.options.tracing.exit_kill && !(request.attach_names.empty() && request.options.attach_trees.empty()))
    return Error{0, "--kill-on-exit and --attach-name/--attach-tree are mutually exclusive options"};
  auto& attach = request.options.attach;
  for (const std::string& pattern : request.attach_names) {
    Result<std::vector<Tid>> found = find_processes(pattern);
    if (!found) return found.error();
    for (const Tid tid : *found)
      if (std::find(attach.begin(), attach.end(), tid) == attach.end()) attach.push_back(tid);
  }
  return {};
}

std::optional<Error> set_quiet(Request& request, bool has_command) {
  if (request.quiet.conflicts()) return Error{0, "-q and -e quiet/--quiet cannot be provided simultaneously"};
  auto& quiet = request.options.filters.quiet;
  // With a file and a command the terminal belongs to the command.
  unsigned letters = request.quiet.letters;
  if (letters == 0 && !request.quiet.by_name && request.output && has_command) letters = 1;
  if (letters >= 1) {
    quiet.add(Message::attach);
    quiet.add(Message::personality);
  }
  if (letters >= 2) quiet.add(Message::exit);
  if (letters >= 3) quiet = filter::MessageSet::all();
  return {};
}

void set_interruptible(Request& request, bool has_command) {
  using Interruptible = tracer::Settings::Interruptible;
  Interruptible otherwise = Interruptible::waiting;
  if (request.output && has_command) otherwise = Interruptible::never;
  const auto& command = request.options.command;
  if (command && command->daemonize != tracer::Launch::Daemonize::no) otherwise = Interruptible::never_tstp;
  request.options.tracing.interruptible = request.interruptible.value_or(otherwise);
}

// What the resolver has to know of the style of text.
void set_decode_style(session::Options& options) {
  using Signals = resolve::DecodeFds::Signals;
  auto& decode = options.decode_fds;
  decode.strings_in_hex = options.text.hex;
  switch (options.text.constants) {
    case Text::Constants::abbrev: decode.signals = Signals::names; break;
    case Text::Constants::raw: decode.signals = Signals::numbers; break;
    case Text::Constants::verbose: decode.signals = Signals::both; break;
  }
}

}  // namespace

std::optional<Error> finish(Request& request, const std::vector<std::string>& command, const base::Log& log) {
  auto& options = request.options;
  const bool has_command = !command.empty();
  if (has_command) options.command.emplace();
  if (auto error = check_command(request, has_command)) return error;
  if (auto error = check_spellings(request)) return error;
  expand_letters(request);
  warn_old_follow(request, log);
  check_seccomp(request, log);
  if (auto error = check_stats(request)) return error;
  if (auto error = check_summary(request, log)) return error;
  warn_output(request, log);
  add_paths(request, log);
  if (request.seccomp_filter && options.filters.trace.is_all()) {
    log.say("Seccomp filter is requested but there are no syscalls to filter.  See -e trace to filter syscalls.");
    request.seccomp_filter = false;
  }
  if (request.user) {
    Result<tracer::Launch::User> user = find_user(*request.user);
    if (!user) return user.error();
    if (has_command) options.command->user = *std::move(user);
    options.output.wary = true;
  }
  if (options.tracing.exit_kill && !options.attach.empty())
    return Error{0, "--kill-on-exit and -p/--attach are mutually exclusive options"};
  if (auto error = set_output(request)) return error;
  if (auto error = check_rotation(request)) return error;
  if (auto error = find_named(request)) return error;
  if (auto error = set_stacks(request)) return error;
  if (auto error = set_quiet(request, has_command)) return error;
  set_interruptible(request, has_command);
  set_decode_style(options);
  if (has_command) {
    options.command->path = command.front();
    options.command->argv = command;
    if (request.argv0) options.command->argv.front() = *request.argv0;
    options.command->environment = edited_environment(request.environment);
    options.command->program_name = options.program;
  }
  return {};
}

void hint(const base::Log& log) {
  const std::string text = "Try '" + log.program() + " -h' for more information.\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace ktrace::cli
