// Options of the table of counts and times.
#include <algorithm>
#include <cerrno>
#include <optional>

#include "cli/apply.h"
#include "cli/values.h"

namespace ktrace::cli {
namespace {

using Column = stats::CallTableOptions::Column;
using Mode = session::SummaryMode;

struct Name {
  std::string_view name;
  Column column;
};
constexpr Name names[] = {
    {"time-percent", Column::time_percent},
    {"time", Column::time_percent},
    {"total-time", Column::total_time},
    {"time-total", Column::total_time},
    {"min-time", Column::min_time},
    {"shortest", Column::min_time},
    {"time-min", Column::min_time},
    {"max-time", Column::max_time},
    {"longest", Column::max_time},
    {"time-max", Column::max_time},
    {"avg-time", Column::avg_time},
    {"time-avg", Column::avg_time},
    {"wall-total", Column::wall_total},
    {"total-wall", Column::wall_total},
    {"wall-min", Column::wall_min},
    {"min-wall", Column::wall_min},
    {"wall-max", Column::wall_max},
    {"max-wall", Column::wall_max},
    {"wall-avg", Column::wall_avg},
    {"avg-wall", Column::wall_avg},
    {"calls", Column::calls},
    {"count", Column::calls},
    {"errors", Column::errors},
    {"error", Column::errors},
    {"name", Column::name},
    {"syscall", Column::name},
    {"syscall-name", Column::name},
    // ours
    {"cpu-total", Column::cpu_total},
    {"p50", Column::p50},
    {"p90", Column::p90},
    {"p99", Column::p99},
    {"max", Column::longest},
};

// Every `-` may be a `_`.
std::optional<Column> find_column(std::string_view text) {
  std::string wanted(text);
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  for (const Name& name : names)
    if (name.name == wanted) return name.column;
  return {};
}

Result<void> set_mode(Request& request, Mode mode) {
  Mode& current = request.options.summary_mode;
  if (current != Mode::off && current != mode)
    return Error{EINVAL, "-c/--summary-only and -C/--summary are mutually exclusive"};
  current = mode;
  return {};
}

}  // namespace

Result<void> summary_only(Request& request, const Given&) {
  return set_mode(request, Mode::only);
}
Result<void> summary_too(Request& request, const Given&) {
  return set_mode(request, Mode::too);
}

Result<void> summary_overhead(Request& request, const Given& given) {
  const auto overhead = parse_duration(std::string(given.value));
  if (!overhead) return invalid_argument(given);
  request.options.stats.calls.overhead = *overhead;
  return {};
}

Result<void> summary_sort(Request& request, const Given& given) {
  auto& sort_by = request.options.stats.calls.sort_by;
  if (given.value == "nothing" || given.value == "none") {
    sort_by.reset();
  } else if (const auto column = find_column(given.value)) {
    sort_by = *column;
  } else {
    return Error{EINVAL, "invalid sortby: '" + std::string(given.value) + "'"};
  }
  request.sort_given = true;
  return {};
}

Result<void> summary_columns(Request& request, const Given& given) {
  std::vector<Column> columns;
  const auto seen = [&](Column column) { return std::find(columns.begin(), columns.end(), column) != columns.end(); };
  for (std::string_view rest = given.value;;) {
    const std::size_t comma = rest.find(',');
    const std::string word(rest.substr(0, comma));
    const auto column = find_column(word);
    if (!column) return Error{EINVAL, "unknown column name: '" + word + "'"};
    if (seen(*column)) {
      return Error{EINVAL, "call summary column has been provided more than once: '" + word +
                               "' (-U option residual: '" + std::string(rest) + "')"};
    }
    columns.push_back(*column);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (!seen(Column::name)) columns.push_back(Column::name);
  request.options.stats.calls.columns = std::move(columns);
  request.columns_given = true;
  return {};
}

Result<void> summary_wall_clock(Request& request, const Given&) {
  request.options.stats.calls.wall_clock = true;
  return {};
}

}  // namespace ktrace::cli
