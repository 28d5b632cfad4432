#include "session/wanted.h"

#include <algorithm>

#include "decode/decoder.h"
#include "spec/tables.h"

namespace ktrace::session {
namespace {

using tracer::CallRange;
using Ranges = std::vector<CallRange>;

void join(Ranges& ranges) {
  std::ranges::sort(ranges, {}, &CallRange::first);
  Ranges joined;
  for (const CallRange& range : ranges) {
    if (!joined.empty() && range.first <= uint64_t{joined.back().last} + 1) {
      joined.back().last = std::max(joined.back().last, range.last);
    } else {
      joined.push_back(range);
    }
  }
  ranges = std::move(joined);
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

Ranges wanted(const Options& options, Abi abi) {
  Ranges ranges = traced(options.filters, abi);
  if (options.detach_on_execve) {
    const spec::RowRange rows = spec::row_ranges[index(abi)];
    for (const spec::Row& row : std::span(spec::rows + rows.first, rows.count)) {
      const std::string_view name = spec::strings + row.name;
      if (name == "execve" || name == "execveat") ranges.push_back({row.number, row.number});
    }
  }
  join(ranges);
  return ranges;
}

}  // namespace

std::optional<tracer::WantedCalls> wanted_calls(const Options& options) {
  tracer::WantedCalls calls{.native = wanted(options, native_abi), .compat = wanted(options, compat_abi)};
  const Ranges everything{{0, UINT32_MAX}};
  if (calls.native == everything && calls.compat == everything) return std::nullopt;
  return calls;
}

}  // namespace ktrace::session
