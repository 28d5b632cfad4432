#include "spec/lookup.h"

#include <algorithm>

namespace ktrace::spec {

// Numbers are dense but for a few gaps, so a row is at its number or before it.
static const Row* search(std::span<const Row> all, uint64_t number) {
  if (number < all.size() && all[number].number == number) return &all[number];
  const auto found = std::ranges::lower_bound(all, number, {}, &Row::number);
  return found != all.end() && found->number == number ? &*found : nullptr;
}

const Row* find_row(Abi abi, uint64_t number) {
  return search(rows_of(abi), number);
}

const Row* find_sub_row(const Row& row, uint64_t number) {
  return search(sub_rows_of(row), number);
}

const Row* find_row(Abi abi, std::string_view name) {
  const auto all = rows_of(abi);
  const auto found = std::ranges::find_if(all, [&](const Row& row) { return string(row.name) == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view syscall_name(Abi abi, uint64_t number) {
  const Row* row = find_row(abi, number);
  return row == nullptr ? std::string_view{} : string(row->name);
}

template <typename Entry>
static uint32_t find_named(const Entry* entries, uint32_t count, std::string_view name) {
  for (uint32_t k = 0; k < count; ++k)
    if (string(entries[k].name) == name) return k;
  return none;
}

uint32_t find_set(std::string_view name) {
  return find_named(sets, set_count, name);
}
uint32_t find_record(std::string_view name) {
  return find_named(records, record_count, name);
}
uint32_t find_select(std::string_view name) {
  return find_named(selects, select_count, name);
}
uint32_t find_native(std::string_view name) {
  return find_named(natives, native_count, name);
}
uint32_t find_call(std::string_view name) {
  return find_named(calls, call_count, name);
}

}  // namespace ktrace::spec
