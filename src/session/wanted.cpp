#include "session/wanted.h"

#include <algorithm>
#include <utility>

#include "decode/decoder.h"
#include "session/mapping_calls.h"
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
  const auto wanted = [&](Abi abi) {
    Ranges ranges = traced(options.filters, abi);
    for (const MarkedCall& call : options.tracing.traits.on(abi)) {
      if (options.stacks && (call.traits & mapping_traits) != 0) ranges.push_back({call.number, call.number});
    }
    return joined(std::move(ranges));
  };
  tracer::WantedCalls calls{.native = wanted(native_abi), .compat = wanted(compat_abi)};
  const Ranges everything{{0, UINT32_MAX}};
  if (calls.native == everything && calls.compat == everything) return std::nullopt;
  return calls;
}

}  // namespace ktrace::session
