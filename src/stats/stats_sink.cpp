// See stats_sink.h.
#include "stats/stats_sink.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "base/append.h"
#include "output/json_text.h"
#include "stats/blocked_table.h"
#include "stats/error_table.h"
#include "stats/file_table.h"
#include "stats/histogram_table.h"
#include "stats/stack_table.h"
#include "stats/task_table.h"

namespace ktrace::stats {
namespace {

namespace json = output::json;

std::unique_ptr<Statistic> make(What what, const StatsOptions& options, Tasks* tasks) {
  const Nanoseconds overhead = options.calls.overhead;
  switch (what) {
    case What::syscalls: return std::make_unique<CallTable>(options.calls);
    case What::errors: return std::make_unique<ErrorTable>();
    case What::processes: return std::make_unique<TaskTable>(TaskTable::By::process, *tasks, overhead);
    case What::threads: return std::make_unique<TaskTable>(TaskTable::By::thread, *tasks, overhead);
    case What::files: return std::make_unique<FileTable>(overhead);
    case What::stacks: return std::make_unique<StackTable>(*tasks, overhead);
    case What::blocked: return std::make_unique<BlockedTable>();
    case What::histogram: return std::make_unique<HistogramTable>(overhead);
  }
  return nullptr;
}

double seconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

}  // namespace

bool StatsOptions::has(What one) const {
  return std::find(what.begin(), what.end(), one) != what.end();
}

// A stop holds a thread up for the measured time, plus what ktrace does with it, which is ktrace's CPU time beyond that
// of the measurement. Threads that run at the same time are also held up at the same time: on average as many as want
// to run, so that is what the sum is divided by to become elapsed time.
Estimate estimate(const TracingCost& cost, Nanoseconds elapsed, Nanoseconds worked) {
  const auto stops = static_cast<int64_t>(cost.stops);
  const Nanoseconds handling = std::max(cost.own_time - stops * cost.own_per_stop, Nanoseconds{});
  const Nanoseconds held_up = stops * cost.stop + handling;
  if (elapsed <= Nanoseconds{}) return {.held_up = held_up, .without = {}};
  const double at_once = std::max(1.0, seconds(worked + held_up) / seconds(elapsed));
  const Nanoseconds lost{static_cast<int64_t>(static_cast<double>(held_up.count()) / at_once)};
  return {.held_up = held_up, .without = std::max(elapsed - lost, Nanoseconds{})};
}

StatsSink::StatsSink(output::Destination& destination, StatsOptions options, Sources sources)
    : destination_(&destination), options_(std::move(options)), sources_(std::move(sources)) {
  options_.calls.titled = options_.given;
  for (const What what : options_.what) statistics_.push_back(make(what, options_, sources_.tasks));
  start_ = since_ = sources_.clock ? sources_.clock() : Nanoseconds{};
  if (options_.every) next_ = start_ + *options_.every;
}

void StatsSink::stack(const Subject& who, const Stack& stack) {
  for (const auto& statistic : statistics_) statistic->stack(who, stack);
}

void StatsSink::no_stack() {
  for (const auto& statistic : statistics_) statistic->no_stack();
}

void StatsSink::stopped(const Subject& /*who*/, int /*signal*/, Moment /*when*/) {
  no_stack();
}

void StatsSink::exited(const Subject& /*who*/, int /*status*/, Moment /*when*/) {
  no_stack();
}

void StatsSink::killed(const Subject& /*who*/, int /*signal*/, bool /*core*/, Moment /*when*/) {
  no_stack();
}

void StatsSink::call_end(const Subject& who, CallState& call) {
  for (const auto& statistic : statistics_) statistic->call(who, call);
  if (next_) report_if_due(call.left);
}

void StatsSink::call_lost(const Subject& who, CallState& call, Loss why) {
  static_cast<void>(why);
  for (const auto& statistic : statistics_) statistic->lost(who, call);
}

void StatsSink::file(const CallState& call, const FileUse& use) {
  for (const auto& statistic : statistics_) statistic->file(call, use);
}

void StatsSink::pid_changed(const Subject& who, Tid before, Moment when) {
  static_cast<void>(when);
  for (const auto& statistic : statistics_) statistic->renamed(who, before);
  auto thread = threads_.extract(before);
  if (thread.empty()) return;
  thread.key() = who.tid;
  threads_.insert(std::move(thread));
}

// What a thread did before it was traced does not count.
void StatsSink::tracee_added(const Subject& who, Tid parent, Moment when) {
  for (const auto& statistic : statistics_) statistic->added(who, parent, when.monotonic);
  if (!options_.given) return;
  Thread thread{.tgid = who.tgid, .cpu = {}};
  if (parent.value == 0) thread.cpu = sources_.tasks->cpu_time(who.tid).value_or(Nanoseconds{});
  threads_.emplace(who.tid, thread);
}

void StatsSink::settle(Tid tid, Thread& thread) {
  const auto now = sources_.tasks->cpu_time(tid);
  if (!now || *now <= thread.cpu) return;
  const Nanoseconds more = *now - std::exchange(thread.cpu, *now);
  worked_ += more;
  for (const auto& statistic : statistics_) statistic->ran(tid, more);
}

void StatsSink::executed(const Subject& who) {
  for (const auto& statistic : statistics_) statistic->executed(who);
}

void StatsSink::ending(const Subject& who) {
  if (const auto thread = threads_.find(who.tid); thread != threads_.end()) settle(who.tid, thread->second);
  for (const auto& statistic : statistics_) statistic->ending(who);
}

void StatsSink::tracee_removed(const Subject& who, Moment when) {
  for (const auto& statistic : statistics_) statistic->removed(who, when.monotonic);
  threads_.erase(who.tid);
}

void StatsSink::report_if_due(Nanoseconds now) {
  if (!next_ || now < *next_) return;
  report(now);
  // Reports that ktrace was too busy for are not made up for, and if it is they that keep it busy, at least as much
  // time is left for the programs.
  const Nanoseconds after = sources_.clock ? std::max(sources_.clock(), now) : now;
  const Nanoseconds late = after + (after - now) - *next_;
  next_ = *next_ + (late / *options_.every + 1) * *options_.every;
}

std::optional<Nanoseconds> StatsSink::on_idle(Nanoseconds now) {
  const auto due = destination_->on_idle(now);
  if (!next_) return due;
  report_if_due(now);
  const Nanoseconds left = std::max(*next_ - now, Nanoseconds{});
  return due ? std::min(*due, left) : left;
}

void StatsSink::report(Nanoseconds now) {
  const bool last = !next_;
  for (auto& [tid, thread] : threads_) settle(tid, thread);
  std::vector<Table> tables;
  for (const auto& statistic : statistics_) statistic->append(tables, options_.top, now);
  destination_->interrupt();
  output::Writer& writer = destination_->writer({});
  if (options_.format == Format::json) {
    append_json(writer.buffer(), tables, now, last);
  } else {
    append_blocks(writer.buffer(), tables, now, last);
  }
  destination_->line_ended(writer);
  destination_->flush();
  reported_ = true;
  if (!options_.anew) return;
  for (const auto& statistic : statistics_) statistic->reset(now);
  since_ = now;
}

void StatsSink::append_blocks(std::string& out, const std::vector<Table>& tables, Nanoseconds now, bool last) const {
  const bool several = options_.every.has_value();
  const Interval interval{.from = since_ - start_, .to = now - start_};
  if (reported_) out.push_back('\n');
  if (several && options_.format != Format::csv) {
    if (options_.format == Format::markdown) out.append("## ");
    if (options_.anew) {
      fmt::format_to(std::back_inserter(out), "From {:.3f} s to {:.3f} s\n", seconds(interval.from),
                     seconds(interval.to));
    } else {
      fmt::format_to(std::back_inserter(out), "After {:.3f} s\n", seconds(interval.to));
    }
    if (options_.given || options_.format == Format::markdown) out.push_back('\n');
  }
  bool first = true;
  for (const Table& table : tables) {
    if (!std::exchange(first, false) && (options_.given || options_.format != Format::text)) out.push_back('\n');
    switch (options_.format) {
      case Format::text: append_text(out, table); break;
      case Format::markdown: append_markdown(out, table); break;
      case Format::csv: append_csv(out, table, several ? &interval : nullptr); break;
      case Format::json: break;
    }
  }
  if (!last || !options_.given || !sources_.cost || options_.format == Format::csv) return;
  out.push_back('\n');
  append_cost(out, now);
}

void StatsSink::append_cost(std::string& out, Nanoseconds now) const {
  const TracingCost cost = sources_.cost();
  const Nanoseconds elapsed = now - start_;
  const Estimate made = estimate(cost, elapsed, worked_);
  fmt::format_to(std::back_inserter(out),
                 "Tracing: {} stops in {:.3f} s took {} of CPU time in ktrace and held threads up for {} in all.\n"
                 "Without it, all would have taken about {} (an estimate; a stop alone: {}).\n",
                 cost.stops, seconds(elapsed), short_duration(cost.own_time), short_duration(made.held_up),
                 short_duration(made.without), short_duration(cost.stop));
}

void StatsSink::append_json(std::string& out, const std::vector<Table>& tables, Nanoseconds now, bool last) const {
  const auto member = [&out](std::string_view key, Nanoseconds time) {
    out.append(",\"").append(key).append("\":");
    json::append_seconds(out, time);
  };
  out.append("{\"type\":\"stats\"");
  member("from", options_.anew ? since_ - start_ : Nanoseconds{});
  member("to", now - start_);
  out.append(last ? ",\"last\":true" : ",\"last\":false").append(",\"tables\":[");
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (i) out.push_back(',');
    stats::append_json(out, tables[i]);
  }
  out.push_back(']');
  if (options_.given && sources_.cost) {
    const TracingCost cost = sources_.cost();
    const Estimate made = estimate(cost, now - start_, worked_);
    out.append(",\"tracing\":{\"stops\":");
    base::append_decimal(out, cost.stops);
    member("own-cpu", cost.own_time);
    member("stop", cost.stop);
    member("held-up", made.held_up);
    member("program-cpu", worked_);
    member("elapsed", now - start_);
    member("without", made.without);
    out.push_back('}');
  }
  out.append("}\n");
}

void StatsSink::finish() {
  next_.reset();
  report(sources_.clock ? sources_.clock() : Nanoseconds{});
}

}  // namespace ktrace::stats
