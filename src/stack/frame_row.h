// A row of call frame information (DWARF 5, section 6.4): where, for code in a range of addresses, the caller's
// registers are. Libdw works it out of .eh_frame or .debug_frame in the process of symbol_server.h; ktrace gets it as
// data, with every rule as a location expression whose operands are decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace ktrace::stack {

struct Operation {
  uint64_t number = 0;
  uint64_t second = 0;
  uint8_t code = 0;  // DW_OP_...
};

struct FrameRow {
  struct Expression {
    uint32_t first = 0;  // of `operations`
    uint32_t count = 0;  // 0: the value is lost
  };
  struct Rule {
    uint8_t target = 0;  // the register; those that have no rule keep their values
    Expression where;
  };
  uint64_t before = 0;  // how far the range goes from the address that was asked for, which is part of it
  uint64_t behind = 0;
  Expression cfa;
  uint8_t return_column = 0;
  bool is_signal_frame = false;
  std::vector<Rule> rules;
  std::vector<Operation> operations;

  [[nodiscard]] std::span<const Operation> operations_of(const Expression& expression) const {
    return std::span{operations}.subspan(expression.first, expression.count);
  }
  // Whether all numbers in it are such as can be.
  [[nodiscard]] bool is_sound() const;
};

}  // namespace ktrace::stack
