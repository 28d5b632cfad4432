// See call_table.h. Widths, rounding and order are strace's.
#include "stats/call_table.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include <fmt/core.h>

namespace ktrace::stats {
namespace {

using Column = CallTableOptions::Column;

// The keys are the names that -U has.
stats::Column described(Column column) {
  using Align = stats::Column::Align;
  using Width = stats::Column::Width;
  switch (column) {
    case Column::time_percent: return {"time-percent", "% time", 6};
    case Column::total_time: return {"total-time", "seconds", 11};
    case Column::min_time: return {"min-time", "shortest", 8};
    case Column::max_time: return {"max-time", "longest", 8};
    case Column::avg_time: return {"avg-time", "usecs/call", 11};
    case Column::wall_total: return {"wall-total", "wall-total", 11};
    case Column::wall_min: return {"wall-min", "wall-min", 8};
    case Column::wall_max: return {"wall-max", "wall-max", 8};
    case Column::wall_avg: return {"wall-avg", "wall-avg", 11};
    case Column::calls: return {"calls", "calls", 9};
    case Column::errors: return {"errors", "errors", 9};
    case Column::name: return {"name", "syscall", 16, Align::left, Width::grows};
    case Column::cpu_total: return {"cpu-total", "cpu-total", 11};
    case Column::p50: return {"p50", "p50", 8};
    case Column::p90: return {"p90", "p90", 8};
    case Column::p99: return {"p99", "p99", 8};
    case Column::longest: return {"max", "max", 8};
  }
  return {};
}

bool is_percentile(Column column) {
  return column == Column::p50 || column == Column::p90 || column == Column::p99;
}

Nanoseconds average(Nanoseconds total, uint64_t calls) {
  return calls ? total / static_cast<int64_t>(calls) : Nanoseconds{};
}

Nanoseconds percentile(const std::unique_ptr<Histogram>& histogram, double percent) {
  return histogram ? histogram->percentile(percent) : Nanoseconds{};
}

}  // namespace

std::vector<CallTableOptions::Column> CallTableOptions::columns_of_stats() {
  return {Column::time_percent, Column::wall_total, Column::cpu_total, Column::p50,    Column::p90,
          Column::p99,          Column::longest,    Column::calls,     Column::errors, Column::name};
}

void CallTable::Times::add(Nanoseconds time) {
  total += time;
  least = std::min(least, time);
  most = std::max(most, time);
}

void CallTable::Times::add(const Times& other) {
  total += other.total;
  least = std::min(least, other.least);
  most = std::max(most, other.most);
}

void CallTable::Counted::add(const Counted& other) {
  calls += other.calls;
  errors += other.errors;
  time.add(other.time);
  wall.add(other.wall);
  cpu += other.cpu;
  if (!other.histogram) return;
  if (!histogram) histogram = std::make_unique<Histogram>();
  histogram->add(*other.histogram);
}

CallTable::CallTable(CallTableOptions options) : options_(std::move(options)) {
  auto& columns = options_.columns;
  if (std::find(columns.begin(), columns.end(), Column::name) == columns.end()) columns.push_back(Column::name);
  wants_histogram_ = std::any_of(columns.begin(), columns.end(), is_percentile) ||
                     (options_.sort_by && is_percentile(*options_.sort_by));
}

// Calls that never return are not counted.
void CallTable::call(const Subject& who, const CallState& call) {
  static_cast<void>(who);
  Counted& counted = rows_.of(call);
  ++counted.calls;
  if (call.outcome.is_error) ++counted.errors;
  const auto net = [&](Nanoseconds time) { return std::max(time - options_.overhead, Nanoseconds{}); };
  const Nanoseconds wall = net(call.left - call.entered);
  const Nanoseconds cpu = net(call.system_time);
  counted.wall.add(wall);
  counted.time.add(options_.wall_clock ? wall : cpu);
  counted.cpu += cpu;
  if (!wants_histogram_) return;
  if (!counted.histogram) counted.histogram = std::make_unique<Histogram>();
  counted.histogram->add(wall);
}

void CallTable::sort(std::vector<const Entry*>& rows) const {
  std::sort(rows.begin(), rows.end(),
            [](const Entry* a, const Entry* b) { return std::tie(a->number, a->name) < std::tie(b->number, b->name); });
  if (!options_.sort_by) return;
  const auto descending = [&](auto key) {
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const Entry* a, const Entry* b) { return key(a->row) > key(b->row); });
  };
  const auto mean = [](const Times& times, uint64_t calls) {
    return static_cast<double>(times.total.count()) / static_cast<double>(calls);
  };
  switch (*options_.sort_by) {
    case Column::time_percent:
    case Column::total_time: return descending([](const Counted& r) { return r.time.total; });
    case Column::min_time: return descending([](const Counted& r) { return r.time.least; });
    case Column::max_time: return descending([](const Counted& r) { return r.time.most; });
    case Column::avg_time: return descending([&](const Counted& r) { return mean(r.time, r.calls); });
    case Column::wall_total: return descending([](const Counted& r) { return r.wall.total; });
    case Column::wall_min: return descending([](const Counted& r) { return r.wall.least; });
    case Column::longest:
    case Column::wall_max: return descending([](const Counted& r) { return r.wall.most; });
    case Column::wall_avg: return descending([&](const Counted& r) { return mean(r.wall, r.calls); });
    case Column::calls: return descending([](const Counted& r) { return r.calls; });
    case Column::errors: return descending([](const Counted& r) { return r.errors; });
    case Column::cpu_total: return descending([](const Counted& r) { return r.cpu; });
    case Column::p50: return descending([](const Counted& r) { return percentile(r.histogram, 50); });
    case Column::p90: return descending([](const Counted& r) { return percentile(r.histogram, 90); });
    case Column::p99: return descending([](const Counted& r) { return percentile(r.histogram, 99); });
    case Column::name:
      std::stable_sort(rows.begin(), rows.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
      return;
  }
}

Cell CallTable::cell(Column column, std::string_view name, const Counted& row, double share) {
  switch (column) {
    case Column::time_percent: return Cell::of_percent(share);
    case Column::total_time: return Cell::of_seconds(row.time.total);
    case Column::min_time: return Cell::of_seconds(row.time.least);
    case Column::max_time: return Cell::of_seconds(row.time.most);
    case Column::avg_time: return Cell::of_micros(average(row.time.total, row.calls));
    case Column::wall_total: return Cell::of_seconds(row.wall.total);
    case Column::wall_min: return Cell::of_seconds(row.wall.least);
    case Column::wall_max: return Cell::of_seconds(row.wall.most);
    case Column::wall_avg: return Cell::of_micros(average(row.wall.total, row.calls));
    case Column::calls: return Cell::of_count(row.calls);
    case Column::errors: return Cell::of_count_if_any(row.errors);
    case Column::name: return Cell::of_text(name);
    case Column::cpu_total: return Cell::of_seconds(row.cpu);
    case Column::p50: return Cell::of_duration(percentile(row.histogram, 50));
    case Column::p90: return Cell::of_duration(percentile(row.histogram, 90));
    case Column::p99: return Cell::of_duration(percentile(row.histogram, 99));
    case Column::longest: return Cell::of_duration(row.wall.most);
  }
  return {};
}

Row CallTable::cells(std::string_view name, const Counted& row, double share) const {
  Row cells;
  for (const Column column : options_.columns) cells.push_back(cell(column, name, row, share));
  return cells;
}

Table CallTable::table(std::vector<const Entry*> entries, std::optional<std::size_t> top) const {
  Table made{.name = "syscalls"};
  for (const Column column : options_.columns) made.columns.push_back(described(column));
  Counted total;
  for (const Entry* entry : entries) total.add(entry->row);
  sort(entries);
  const Cut cut = stats::cut(entries.size(), top);
  const auto share = [&](const Counted& row) { return percent(row.time.total, total.time.total); };
  Counted others;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = *entries[i];
    if (i < cut.shown) {
      made.rows.push_back(cells(entry.name, entry.row, share(entry.row)));
    } else {
      others.add(entry.row);
    }
  }
  made.folded = cut.folded;
  if (cut.folded) made.others = cells(others_name(cut.folded), others, share(others));
  made.total = cells("total", total, 100);  // also if no time was measured at all
  return made;
}

// The native ABI's table comes first, without a heading.
void CallTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  static_cast<void>(now);
  for (const Abi abi : {native_abi, compat_abi}) {
    std::vector<const Entry*> entries;
    for (const Entry& entry : rows_.entries())
      if (entry.abi == abi) entries.push_back(&entry);
    if (entries.empty()) continue;
    Table made = table(std::move(entries), top);
    made.abi = abi_name(abi);
    if (options_.titled) made.title = "System calls";
    if (abi != native_abi) made.title = fmt::format("System call usage summary for {} bit mode:", long_bytes(abi) * 8);
    to.push_back(std::move(made));
  }
}

void CallTable::reset(Nanoseconds now) {
  static_cast<void>(now);
  rows_.clear();
}

}  // namespace ktrace::stats
