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
  text.stack_ids = options.stack_ids;
  text.staged = !options.filters.status.is_all();
  return text;
}

output::JsonOptions json_options(const Options& options) {
  return {.version = std::string{base::version},
          .command = options.command ? options.command->argv : std::vector<std::string>{},
          .attached = options.attach,
          .stack_ids = options.stack_ids,
          .every_call_because = options.every_call_because};
}

}  // namespace

Result<Sinks> Sinks::open(const Options& options, const base::Log& log, std::function<stats::TracingCost()> cost) {
  Sinks sinks;
  sinks.destination_ = KT_TRY(output::Destination::open(options.output, log));
  std::vector<Sink*> all;
  const auto own = [&](std::unique_ptr<Sink> sink) {
    all.push_back(sink.get());
    sinks.owned_.push_back(std::move(sink));
  };
  // Tables as JSON are a line among those of the trace, before the one that ends it.
  const bool json_too = options.format == Format::json && options.summary_mode == SummaryMode::too;
  const bool line_of_trace = json_too && options.stats.format == stats::Format::json;
  if (options.summary_mode != SummaryMode::off) {
    sinks.tasks_ = std::make_unique<resolve::LiveTasks>();
    output::Destination* table = sinks.destination_.get();
    if (json_too && !line_of_trace) {
      sinks.table_destination_ = KT_TRY(output::Destination::open({}, log));
      table = sinks.table_destination_.get();
    }
    own(std::make_unique<stats::StatsSink>(
        *table, options.stats,
        stats::StatsSink::Sources{
            .tasks = sinks.tasks_.get(), .cost = std::move(cost), .clock = tracer::monotonic_now}));
  }
  if (options.summary_mode == SummaryMode::only) {
    sinks.values_ = false;
    own(std::make_unique<output::NoticeSink>(*sinks.destination_, text_options(options)));
  } else if (options.format == Format::json) {
    own(std::make_unique<output::JsonSink>(*sinks.destination_, json_options(options)));
  } else {
    output::TextOptions text = text_options(options);
    if (wants_colors(options, *sinks.destination_)) text.colors = palette();
    own(std::make_unique<output::TextSink>(*sinks.destination_, text));
  }
  // The trace of a call comes before the tables that count it.
  if (!line_of_trace) std::rotate(all.begin(), all.begin() + 1, all.end());
  if (all.size() > 1) {
    own(std::make_unique<output::TeeSink>(all));
    sinks.top_ = sinks.owned_.back().get();
  } else {
    sinks.top_ = all.front();
  }
  return sinks;
}

}  // namespace ktrace::session
