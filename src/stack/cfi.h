// Call frame information: what .eh_frame (Linux Standard Base, "Exception Frames"; DWARF 5, section 6.4) says about the
// frame of the code at an address, made into a row that can be applied without looking at those tables again.
//
// The tables are read where the tracee has them mapped, not from its files: so it works the same for files that have
// lost their names or lie in other mount namespaces, and for the vDSO, and a file that shrinks harms nobody. What they
// hold is the tracee's to choose: nothing in them is believed beyond the bytes that are there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ktrace/memory.h"
#include "stack/cfi_program.h"

namespace ktrace::stack {

struct Row {
  Rule cfa;  // in_register: `target` + value; or expression
  uint8_t return_column = 0;
  bool is_signal_frame = false;
  uint16_t count = 0;  // of rules; the registers that have none are the same
  uint32_t first = 0;
};

class CallFrames {
 public:
  // The row for the code at `address`, nullptr if nothing is said about it. All addresses are those of the module's
  // own numbering (p_vaddr): the memory has it `bias` higher. `memory` is best one that keeps what it has read.
  const Row* find(Memory& memory, uint64_t bias, uint64_t address);
  [[nodiscard]] std::span<const Rule> rules(const Row& row) const {
    return std::span{rules_}.subspan(row.first, row.count);
  }
  [[nodiscard]] const Expression& expression(const Rule& rule) const {
    return expressions_[static_cast<std::size_t>(rule.value)];
  }

  enum class At : uint8_t {
    header,  // .eh_frame_hdr (PT_GNU_EH_FRAME), which has a sorted table
    frames,  // .eh_frame itself: it is gone through once
  };
  // Where one of them is, and the bytes of an address.
  CallFrames(At what, uint64_t begin, uint64_t size, unsigned word_bytes)
      : what_(what), header_(begin), header_size_(size), word_bytes_(word_bytes) {}

 private:
  struct Entry {
    int32_t begin;  // both relative to `header_`
    int32_t fde;
  };
  struct Cie;
  struct Fde;

  void read_table(Memory& memory, uint64_t bias);
  void scan(Memory& memory, uint64_t bias);
  std::optional<Fde> read_fde(Memory& memory, uint64_t bias, uint64_t at) const;
  std::optional<Cie> read_cie(Memory& memory, uint64_t at) const;
  std::optional<Row> make_row(Memory& memory, uint64_t bias, uint64_t address);
  Row pack(const Cie& cie, const RowState& state);

  At what_;
  uint64_t header_;
  uint64_t header_size_;
  unsigned word_bytes_;
  bool table_read_ = false;
  std::vector<Entry> table_;
  std::unordered_map<uint64_t, std::optional<Row>> rows_;  // by address
  std::vector<Rule> rules_;
  std::vector<Expression> expressions_;
};

}  // namespace ktrace::stack
