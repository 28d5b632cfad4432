// See injection.h. Calls without a row, which have no name either, are never tampered with: strace leaves them alone.
#include "filter/injection.h"

#include <algorithm>
#include <utility>

#include "spec/tables.h"

namespace ktrace::filter {
namespace {

constexpr uint32_t is_sub_row = uint32_t{1} << 31;  // in the keys of Counts

}  // namespace

Outcome Injection::outcome(Abi abi) const {
  if (error) return {.value = -int64_t{*error}, .is_error = true, .available = true};
  const uint64_t value = is_32_bit(abi) ? static_cast<uint32_t>(*retval) : *retval;
  return {.value = static_cast<int64_t>(value), .is_error = false, .available = true};
}

void Injections::add(const SyscallSet& calls, Injection rule) {
  rules_.push_back(std::move(rule));
  const auto id = static_cast<uint32_t>(rules_.size());
  const auto put = [id](std::vector<uint32_t>& table, uint32_t at) {
    if (table.size() <= at) table.resize(at + 1, no_rule);
    table[at] = id;
  };
  for (unsigned a = 0; a < abi_count; ++a) {
    const spec::RowRange range = spec::row_ranges[a];
    for (uint32_t i = range.first; i < range.first + range.count; ++i) {
      const spec::Row& row = spec::rows[i];
      if (calls.test(static_cast<Abi>(a), row.number)) put(by_row_, i);
      for (uint32_t k = row.sub; k < row.sub + row.sub_count; ++k)
        if (calls.test_sub(k)) put(by_sub_row_, k);
    }
  }
}

const Injection* Injections::count(const CallState& call, Counts& counts) const {
  const bool is_sub = call.decoding.sub_row != spec::none;
  const uint32_t at = is_sub ? call.decoding.sub_row : call.decoding.row;
  const std::vector<uint32_t>& table = is_sub ? by_sub_row_ : by_row_;
  if (at >= table.size() || table[at] == no_rule) return nullptr;
  const Injection& rule = rules_[table[at] - 1u];
  return rule.when.hits(++counts[is_sub ? at | is_sub_row : at]) ? &rule : nullptr;
}

}  // namespace ktrace::filter
