#include "session/wanted.h"

#include <algorithm>

#include "decode/decoder.h"
#include "spec/tables.h"

namespace ktrace::session {
namespace {

using tracer::CallRange;
using Ranges = std::vector<CallRange>;

Ranges joined(Ranges ranges) {
  std::ranges::sort(ranges, {}, &CallRange::first);
  Ranges result;
  for (const CallRange& range : ranges) {
    if (!result.empty() && range.first <= uint64_t{result.back().last} + 1) {
      result.back().last = std::max(result.back().last, range.last);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

// With -P or --trace-fds, those that can have to do with a path or a descriptor at all.
Ranges traced(const Filters& filters, Abi abi) {
  Ranges ranges;
  if (filters.paths.empty() && !filters.trace_fds) {
    for (const auto& range : filters.trace.reached(abi)) ranges.push_back({range.first, range.last});
    return ranges;
  }
  const spec::RowRange rows = spec::row_ranges[index(abi)];
  for (const spec::Row& row : std::span(spec::rows + rows.first, rows.count)) {
    if (filters.trace.reaches(abi, row.number) && decode::Decoder::may_touch(row))
      ranges.push_back({row.number, row.number});
  }
  return ranges;
}

}  // namespace

std::optional<tracer::WantedCalls> wanted_calls(const Options& options) {
  tracer::WantedCalls calls{.native = joined(traced(options.filters, native_abi)),
                            .compat = joined(traced(options.filters, compat_abi))};
  const Ranges everything{{0, UINT32_MAX}};
  if (calls.native == everything && calls.compat == everything) return std::nullopt;
  return calls;
}

}  // namespace ktrace::session
