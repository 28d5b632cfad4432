#include "session/sinks.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/version.h"
#include "output/json_sink.h"
#include "output/notice_sink.h"
#include "output/tee_sink.h"
#include "output/text_sink.h"
#include "stats/stats_sink.h"
#include "tracer/waiter.h"

namespace ktrace::session {
namespace {

// Where lines start with a pid, as strace has it: a file for -f always, standard error when there are several.
output::TextOptions::Pid pid_policy(const Options& options) {
  using Pid = output::TextOptions::Pid;
  if (options.output.separate) return options.always_show_pid ? Pid::always : Pid::never;
  const bool may_be_several = options.tracing.follow_forks || options.attach.size() + (options.command ? 1 : 0) > 1;
  const bool to_standard_error = options.output.kind == output::Target::Kind::standard_error;
  if (options.always_show_pid || (may_be_several && !to_standard_error)) return Pid::always;
  return Pid::when_several;
}

// A terminal that is known to have eight colours or more. terminfo(5) would know better; names tell enough.
bool has_colors(int fd) {
  const char* const terminal = getenv("TERM");
  if (isatty(fd) != 1 || terminal == nullptr) return false;
  const std::string_view name = terminal;
  static constexpr std::string_view plain[] = {"",      "dumb",  "unknown", "vt100",
                                               "vt102", "vt220", "ansi-m",  "xterm-mono"};
  return std::ranges::find(plain, name) == std::end(plain);
}

bool wants_colors(const Options& options, const output::Destination& destination) {
  using Colors = Options::Colors;
  if (options.colors != Colors::automatic) return options.colors == Colors::always;
  return getenv("NO_COLOR") == nullptr && !options.output.separate && has_colors(destination.fd());
}

output::Palette palette() {
  output::Palette palette;
  for (const char* const variable : {"STRACE_COLORS", "KTRACE_COLORS"})
    if (const char* const settings = getenv(variable)) palette.read(settings);
  return palette;
}

output::TextOptions text_options(const Options& options) {
  output::TextOptions text = options.text;
  text.pid = pid_policy(options);
  text.stacks = options.shows_stacks;
  text.stack_ids = options.stack_ids;
  text.staged = !options.filters.status.is_all();
  return text;
}

output::JsonOptions json_options(const Options& options) {
  return {.version = std::string{base::version},
          .command = options.command ? options.command->argv : std::vector<std::string>{},
          .attached = options.attach,
          .stacks = options.shows_stacks,
          .stack_ids = options.stack_ids,
          .every_call_because = options.every_call_because};
}

}  // namespace

Result<void> Sinks::add_tables(const Options& options, const base::Log& log, std::function<stats::TracingCost()> cost) {
  output::Destination* to = destination_.get();
  if (options.format == Format::json && options.shows_trace && options.stats.format != stats::Format::json) {
    table_destination_ = KT_TRY(output::Destination::open({}, log));
    to = table_destination_.get();
  }
  add(std::make_unique<stats::StatsSink>(
      *to, options.stats,
      stats::StatsSink::Sources{.tasks = tasks_.get(), .cost = std::move(cost), .clock = tracer::monotonic_now}));
  return {};
}

void Sinks::add_trace(const Options& options) {
  if (!options.shows_trace) {
    values_ = false;
    add(std::make_unique<output::NoticeSink>(*destination_, text_options(options)));
  } else if (options.format == Format::json) {
    add(std::make_unique<output::JsonSink>(*destination_, json_options(options)));
  } else {
    output::TextOptions text = text_options(options);
    if (wants_colors(options, *destination_)) text.colors = palette();
    add(std::make_unique<output::TextSink>(*destination_, text));
  }
}

Result<Sinks> Sinks::open(const Options& options, const base::Log& log, std::function<stats::TracingCost()> cost) {
  Sinks sinks;
  sinks.destination_ = KT_TRY(output::Destination::open(options.output, log));
  // Tables as JSON are a line among those of the trace, before the one that ends it; else the trace of a call comes
  // before the tables that count it.
  const bool tables = !options.stats.what.empty();
  const bool line_of_trace =
      options.format == Format::json && options.shows_trace && options.stats.format == stats::Format::json;
  if (!line_of_trace) sinks.add_trace(options);
  if (tables) KT_TRY(sinks.add_tables(options, log, std::move(cost)));
  if (line_of_trace) sinks.add_trace(options);
  if (options.flame.given()) {
    sinks.add(KT_TRY(
        flame::FlameSink::open(options.flame, log, {.tasks = sinks.tasks_.get(), .clock = tracer::monotonic_now})));
  }
  if (sinks.owned_.size() > 1) {
    std::vector<Sink*> all;
    for (const auto& sink : sinks.owned_) all.push_back(sink.get());
    sinks.add(std::make_unique<output::TeeSink>(all));
  }
  return sinks;
}

}  // namespace ktrace::session
