// Finding things in the tables: rows by number and name, strings. No allocation; the tables are constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ktrace/abi.h"
#include "spec/tables.h"

namespace ktrace::spec {

[[nodiscard]] inline std::string_view string(Str at) {
  return strings + at;
}

// All rows of an ABI, by number.
[[nodiscard]] inline std::span<const Row> rows_of(Abi abi) {
  const RowRange& range = row_ranges[index(abi)];
  return {rows + range.first, range.count};
}

// The row of a number; null if the ABI has none.
[[nodiscard]] const Row* find_row(Abi abi, uint64_t number);
// The row of a printed name. On no ABI do two numbers share a name.
[[nodiscard]] const Row* find_row(Abi abi, std::string_view name);

// The printed name of a number; empty if it has none.
[[nodiscard]] std::string_view syscall_name(Abi abi, uint64_t number);

// The sub-calls of socketcall and ipc; empty for other rows.
[[nodiscard]] inline std::span<const Row> sub_rows_of(const Row& row) {
  return {sub_rows + row.sub, row.sub_count};
}
[[nodiscard]] const Row* find_sub_row(const Row& row, uint64_t number);

// By name, for tests; code uses the constants of spec/ids.h. `none` if there is none.
[[nodiscard]] uint32_t find_set(std::string_view name);
[[nodiscard]] uint32_t find_record(std::string_view name);
[[nodiscard]] uint32_t find_select(std::string_view name);
[[nodiscard]] uint32_t find_native(std::string_view name);
[[nodiscard]] uint32_t find_call(std::string_view name);

}  // namespace ktrace::spec
