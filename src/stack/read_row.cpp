#include "stack/read_row.h"

#include <cstdlib>
#include <memory>

#include "ktrace/registers.h"

namespace ktrace::stack {
namespace {

constexpr std::size_t most_operations = 2048;

struct Free {
  void operator()(Dwarf_Frame* frame) const { std::free(frame); }  // NOLINT: libdw allocates it so
};

bool append(FrameRow& row, const Dwarf_Op* operations, std::size_t count, FrameRow::Expression& where) {
  if (row.operations.size() + count > most_operations) return false;
  where = {.first = static_cast<uint32_t>(row.operations.size()), .count = static_cast<uint32_t>(count)};
  for (std::size_t i = 0; i < count; ++i)
    row.operations.push_back(
        {.number = operations[i].number, .second = operations[i].number2, .code = operations[i].atom});
  return true;
}

}  // namespace

std::optional<FrameRow> read_row(Dwarf_CFI* tables, Dwarf_Addr address) {
  Dwarf_Frame* found = nullptr;
  if (tables == nullptr || dwarf_cfi_addrframe(tables, address, &found) != 0) return std::nullopt;
  const std::unique_ptr<Dwarf_Frame, Free> frame(found);
  FrameRow row;
  Dwarf_Addr begin = 0;
  Dwarf_Addr end = 0;
  const int column = dwarf_frame_info(found, &begin, &end, &row.is_signal_frame);
  if (column < 0 || address < begin || address >= end) return std::nullopt;
  row.before = address - begin;
  row.behind = end - address;
  row.return_column = static_cast<uint8_t>(column);
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_cfa(found, &operations, &count) != 0 || !append(row, operations, count, row.cfa)) return std::nullopt;
  for (unsigned number = 0; number < UnwindRegisters::most; ++number) {
    Dwarf_Op room[3];
    if (dwarf_frame_register(found, static_cast<int>(number), room, &operations, &count) != 0) continue;
    if (count == 0 && operations == nullptr) continue;  // it keeps its value
    FrameRow::Rule rule{.target = static_cast<uint8_t>(number), .where = {}};
    if (!append(row, operations, count, rule.where)) return std::nullopt;
    row.rules.push_back(rule);
  }
  return row.is_sound() ? std::optional(std::move(row)) : std::nullopt;
}

}  // namespace ktrace::stack
