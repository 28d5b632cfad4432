// See error_table.h.
#include "stats/error_table.h"

#include <algorithm>
#include <tuple>

#include "base/errors.h"

namespace ktrace::stats {
namespace {

using Align = Column::Align;
using Width = Column::Width;

std::string error_text(int64_t number) {
  const std::string_view name = base::error_name(static_cast<int>(number)).name;
  return name.empty() ? std::to_string(number) : std::string(name);
}

}  // namespace

void ErrorTable::call(const Subject& who, const CallState& call) {
  static_cast<void>(who);
  Counted& counted = rows_.of(call);
  ++counted.calls;
  if (call.outcome.is_error) ++counted.errors[-call.outcome.value];
}

void ErrorTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  static_cast<void>(now);
  struct Failure {
    uint64_t count;
    double share;
    int64_t error;
    std::string_view name;
  };
  std::vector<Failure> failures;
  uint64_t all = 0;
  for (const auto& entry : rows_.entries()) {
    for (const auto& [error, count] : entry.row.errors) {
      failures.push_back({count, percent(count, entry.row.calls), error, entry.name});
      all += count;
    }
  }
  std::sort(failures.begin(), failures.end(), [](const Failure& a, const Failure& b) {
    return std::tie(b.count, a.name, a.error) < std::tie(a.count, b.name, b.error);
  });
  Table made{.name = "errors",
             .title = "Errors",
             .columns = {{"errors", "errors", 9},
                         {"percent-of-calls", "% of calls", 10},
                         {"errno", "errno", 12, Align::left, Width::grows},
                         {"name", "syscall", 16, Align::left, Width::grows}}};
  const Cut cut = stats::cut(failures.size(), top);
  uint64_t folded = 0;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const Failure& failure = failures[i];
    if (i >= cut.shown) {
      folded += failure.count;
      continue;
    }
    made.rows.push_back({Cell::of_count(failure.count), Cell::of_percent(failure.share),
                         Cell::of_text(error_text(failure.error)), Cell::of_text(failure.name)});
  }
  made.folded = cut.folded;
  if (cut.folded) made.others = {Cell::of_count(folded), {}, {}, Cell::of_text(others_name(cut.folded))};
  made.total = {Cell::of_count(all), {}, {}, Cell::of_text("total")};
  to.push_back(std::move(made));
}

void ErrorTable::reset(Nanoseconds now) {
  static_cast<void>(now);
  rows_.clear();
}

}  // namespace ktrace::stats
