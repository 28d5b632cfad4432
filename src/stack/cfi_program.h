// Runs the instructions of call frame information (DWARF 5, section 6.4.2) up to an address: what is left is the row
// for that address.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ktrace/registers.h"
#include "stack/bytes.h"

namespace ktrace::stack {

struct Rule {
  enum class Kind : uint8_t {
    same,           // the register has its value still
    undefined,      // it is lost; of the return address: there is no caller
    at_cfa,         // saved at CFA + value
    cfa_plus,       // was CFA + value
    in_register,    // saved in register `value`
    at_expression,  // saved where expression number `value` says
    expression,     // was what expression number `value` says
  };
  Kind kind = Kind::same;
  uint8_t target = 0;  // the register
  int64_t value = 0;
};

struct RowState {
  Rule cfa;  // in_register: `target` + value; or expression
  std::array<Rule, UnwindRegisters::most> rules{};
};

using Expression = std::vector<uint8_t>;

class RowProgram {
 public:
  struct Scales {
    uint64_t code = 1;
    int64_t data = 1;
  };
  // `initial`: what DW_CFA_restore goes back to. Expressions are added to `expressions`.
  RowProgram(Scales scales, const RowState& initial, std::vector<Expression>& expressions)
      : scales_(scales), initial_(initial), state_(initial), expressions_(expressions) {}

  // False: it makes no sense.
  bool run(std::span<const uint8_t> program, uint64_t begin, uint64_t until);
  [[nodiscard]] const RowState& state() const { return state_; }

 private:
  enum class Done : uint8_t { no, yes, failed };
  Done advance(uint8_t code);
  Done set_register(uint8_t code);
  Done set_cfa(uint8_t code);
  Done remember(uint8_t code);

  Rule& rule(uint64_t number);
  void set(uint64_t number, Rule::Kind kind, int64_t value);
  void set_cfa_to(uint64_t number, int64_t offset);
  void restore(uint64_t number);
  Done set_expression(Rule& rule, Rule::Kind kind);
  [[nodiscard]] int64_t scaled(int64_t offset) const;
  int64_t unsigned_offset() { return scaled(static_cast<int64_t>(reader_.uleb())); }
  int64_t signed_offset() { return scaled(reader_.sleb()); }

  Scales scales_;
  const RowState initial_;
  RowState state_;
  std::vector<Expression>& expressions_;
  std::vector<RowState> remembered_;
  ByteReader reader_{{}};
  uint64_t at_ = 0;
  Rule ignored_;  // of registers that unwinding does not need
};

}  // namespace ktrace::stack
