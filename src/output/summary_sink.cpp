// See summary_sink.h. Widths, rounding and order are strace's.
#include "output/summary_sink.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/format.h>

namespace ktrace::output {
namespace {

using Column = SummaryOptions::Column;

struct Heading {
  std::string_view text;
  unsigned width;
};

constexpr Heading heading(Column column) {
  switch (column) {
    case Column::time_percent: return {"% time", 6};
    case Column::total_time: return {"seconds", 11};
    case Column::min_time: return {"shortest", 8};
    case Column::max_time: return {"longest", 8};
    case Column::avg_time: return {"usecs/call", 11};
    case Column::wall_total: return {"wall-total", 11};
    case Column::wall_min: return {"wall-min", 8};
    case Column::wall_max: return {"wall-max", 8};
    case Column::wall_avg: return {"wall-avg", 11};
    case Column::calls: return {"calls", 9};
    case Column::errors: return {"errors", 9};
    case Column::name: return {"syscall", 16};
  }
  return {};
}

double seconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

int64_t average_microseconds(Nanoseconds total, uint64_t calls) {
  return calls ? total.count() / 1000 / static_cast<int64_t>(calls) : 0;
}

}  // namespace

void SummarySink::Times::add(Nanoseconds time) {
  total += time;
  least = std::min(least, time);
  most = std::max(most, time);
}

void SummarySink::Times::add(const Times& other) {
  total += other.total;
  least = std::min(least, other.least);
  most = std::max(most, other.most);
}

SummarySink::SummarySink(Destination& destination, SummaryOptions options)
    : destination_(&destination), options_(std::move(options)) {
  auto& columns = options_.columns;
  if (std::find(columns.begin(), columns.end(), Column::name) == columns.end()) columns.push_back(Column::name);
}

// Two calls may share a number (socketcall and its sub-calls), so the name decides; but mostly the row is the last one
// that was counted under this number.
SummarySink::Row& SummarySink::row(const CallState& call) {
  Table& table = tables_[index(call.abi)];
  uint32_t* latest = call.number < table.latest.size() ? &table.latest[call.number] : nullptr;
  if (latest && *latest && table.rows[*latest - 1].name == call.name) return table.rows[*latest - 1];
  auto [found, added] =
      table.index.try_emplace({call.number, std::string(call.name)}, static_cast<uint32_t>(table.rows.size()));
  if (added) {
    Row& made = table.rows.emplace_back();
    made.name = call.name;
    made.number = call.number;
  }
  if (latest) *latest = found->second + 1;
  return table.rows[found->second];
}

// Calls that never return (call_lost) are not counted.
void SummarySink::call_end(const Subject& who, CallState& call) {
  static_cast<void>(who);
  Row& counted = row(call);
  ++counted.calls;
  if (call.outcome.is_error) ++counted.errors;
  const auto net = [&](Nanoseconds time) { return std::max(time - options_.overhead, Nanoseconds{}); };
  const Nanoseconds wall = net(call.left - call.entered);
  counted.wall.add(wall);
  counted.time.add(options_.wall_clock ? wall : net(call.system_time));
}

void SummarySink::sort(std::vector<Row>& rows) const {
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return std::tie(a.number, a.name) < std::tie(b.number, b.name); });
  if (!options_.sort_by) return;
  const auto descending = [&](auto key) {
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return key(a) > key(b); });
  };
  const auto average = [](const Times& times, uint64_t calls) {
    return static_cast<double>(times.total.count()) / static_cast<double>(calls);
  };
  switch (*options_.sort_by) {
    case Column::time_percent:
    case Column::total_time: return descending([](const Row& r) { return r.time.total; });
    case Column::min_time: return descending([](const Row& r) { return r.time.least; });
    case Column::max_time: return descending([](const Row& r) { return r.time.most; });
    case Column::avg_time: return descending([&](const Row& r) { return average(r.time, r.calls); });
    case Column::wall_total: return descending([](const Row& r) { return r.wall.total; });
    case Column::wall_min: return descending([](const Row& r) { return r.wall.least; });
    case Column::wall_max: return descending([](const Row& r) { return r.wall.most; });
    case Column::wall_avg: return descending([&](const Row& r) { return average(r.wall, r.calls); });
    case Column::calls: return descending([](const Row& r) { return r.calls; });
    case Column::errors: return descending([](const Row& r) { return r.errors; });
    case Column::name:
      std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
      return;
  }
}

void SummarySink::append_row(std::string& out, const Row& row, double percent, std::size_t name_width) const {
  const auto to = std::back_inserter(out);
  for (std::size_t i = 0; i < options_.columns.size(); ++i) {
    if (i) out.push_back(' ');
    const bool last = i + 1 == options_.columns.size();
    switch (options_.columns[i]) {
      case Column::time_percent: fmt::format_to(to, "{:6.2f}", percent); break;
      case Column::total_time: fmt::format_to(to, "{:11.6f}", seconds(row.time.total)); break;
      case Column::min_time: fmt::format_to(to, "{:8.6f}", seconds(row.time.least)); break;
      case Column::max_time: fmt::format_to(to, "{:8.6f}", seconds(row.time.most)); break;
      case Column::avg_time: fmt::format_to(to, "{:11}", average_microseconds(row.time.total, row.calls)); break;
      case Column::wall_total: fmt::format_to(to, "{:11.6f}", seconds(row.wall.total)); break;
      case Column::wall_min: fmt::format_to(to, "{:8.6f}", seconds(row.wall.least)); break;
      case Column::wall_max: fmt::format_to(to, "{:8.6f}", seconds(row.wall.most)); break;
      case Column::wall_avg: fmt::format_to(to, "{:11}", average_microseconds(row.wall.total, row.calls)); break;
      case Column::calls: fmt::format_to(to, "{:9}", row.calls); break;
      case Column::errors:
        if (row.errors)
          fmt::format_to(to, "{:9}", row.errors);
        else
          out.append(9, ' ');
        break;
      case Column::name:
        if (last)
          out.append(row.name);
        else
          fmt::format_to(to, "{:<{}}", row.name, name_width);
        break;
    }
  }
  out.push_back('\n');
}

void SummarySink::append_table(std::string& out, Table& table) const {
  Row total;
  total.name = "total";
  std::size_t name_width = heading(Column::name).width;
  for (const Row& row : table.rows) {
    total.calls += row.calls;
    total.errors += row.errors;
    total.time.add(row.time);
    total.wall.add(row.wall);
    name_width = std::max(name_width, row.name.size() + 1);
  }
  sort(table.rows);

  std::string rule;
  for (std::size_t i = 0; i < options_.columns.size(); ++i) {
    const Column column = options_.columns[i];
    const bool last = i + 1 == options_.columns.size();
    const auto [text, least] = heading(column);
    const std::size_t width = column == Column::name ? name_width : least;
    if (i) {
      out.push_back(' ');
      rule.push_back(' ');
    }
    rule.append(width, '-');
    if (column != Column::name)
      fmt::format_to(std::back_inserter(out), "{:>{}}", text, width);
    else
      fmt::format_to(std::back_inserter(out), "{:<{}}", text, last ? text.size() : width);
  }
  rule.push_back('\n');
  out.append("\n").append(rule);
  const double whole = seconds(total.time.total);
  for (const Row& row : table.rows)
    append_row(out, row, whole > 0 ? seconds(row.time.total) / whole * 100 : 0, name_width);
  out.append(rule);
  append_row(out, total, 100, name_width);  // also if no time was measured at all
}

// The native ABI's table comes first, without a heading.
void SummarySink::finish() {
  Writer& writer = destination_->writer({});
  for (const Abi abi : {native_abi, compat_abi}) {
    Table& table = tables_[index(abi)];
    if (table.rows.empty()) continue;
    if (abi != native_abi)
      fmt::format_to(std::back_inserter(writer.buffer()), "System call usage summary for {} bit mode:\n",
                     long_bytes(abi) * 8);
    append_table(writer.buffer(), table);
  }
  destination_->flush();
}

}  // namespace ktrace::output
