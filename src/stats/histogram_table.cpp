// See histogram_table.h. A call's rows go from its shortest to its longest range without a gap, so that the bars show
// its shape.
#include "stats/histogram_table.h"

#include <algorithm>

namespace ktrace::stats {
namespace {

constexpr uint64_t longest_bar = 40;

}  // namespace

void HistogramTable::call(const Subject& who, const CallState& call) {
  static_cast<void>(who);
  Counted& counted = rows_.of(call);
  const Nanoseconds wall = std::max(call.left - call.entered - overhead_, Nanoseconds{});
  counted.wall += wall;
  counted.histogram.add(wall);
}

void HistogramTable::append_rows(Table& to, std::string_view name, const Histogram& histogram) {
  unsigned first = Histogram::range_count, last = 0;
  uint64_t most = 1;
  for (unsigned k = 0; k < Histogram::range_count; ++k) {
    const uint64_t count = histogram.range(k).count;
    if (!count) continue;
    first = std::min(first, k);
    last = k;
    most = std::max(most, count);
  }
  for (unsigned k = first; k <= last && k < Histogram::range_count; ++k) {
    const Histogram::Range range = histogram.range(k);
    const uint64_t bar = (range.count * longest_bar + most - 1) / most;  // something for whatever is not nothing
    to.rows.push_back({Cell::of_text(name), Cell::of_duration(range.from), Cell::of_duration(range.to),
                       Cell::of_count(range.count), Cell::of_percent(percent(range.count, histogram.count())),
                       Cell::of_bar(bar)});
  }
}

void HistogramTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  static_cast<void>(now);
  using Align = Column::Align;
  using Width = Column::Width;
  std::vector<const Entry*> entries;
  for (const Entry& entry : rows_.entries()) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return std::tie(b->row.wall, a->name) < std::tie(a->row.wall, b->name);
  });
  Table made{.name = "histogram",
             .title = "Latency",
             .columns = {{"name", "syscall", 16, Align::left, Width::grows},
                         {"from", "from", 8},
                         {"to", "to", 8},
                         {"calls", "calls", 9},
                         {"percent-of-calls", "% of calls", 10},
                         {{}, "", static_cast<unsigned>(longest_bar), Align::left, Width::fixed}}};
  const Cut cut = stats::cut(entries.size(), top);
  Histogram others;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (i < cut.shown) {
      append_rows(made, entries[i]->name, entries[i]->row.histogram);
    } else {
      others.add(entries[i]->row.histogram);
    }
  }
  if (cut.folded) append_rows(made, others_name(cut.folded), others);
  to.push_back(std::move(made));
}

void HistogramTable::reset(Nanoseconds now) {
  static_cast<void>(now);
  rows_.clear();
}

}  // namespace ktrace::stats
