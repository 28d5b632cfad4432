#include "stack/expression.h"

#include <array>

#include <dwarf.h>

namespace ktrace::stack {
namespace {

class Machine {
 public:
  Machine(const ExpressionInput& input, Snapshot& memory, uint64_t& used)
      : input_(input), memory_(memory), used_(used) {}

  std::optional<uint64_t> run(std::span<const Operation> operations, Wanted wanted) {
    for (const Operation& operation : operations)
      if (is_value_ || !step(operation) || failed_) return std::nullopt;
    if (wanted == Wanted::register_ && !is_value_) dereference();
    const uint64_t value = pop();
    return failed_ ? std::nullopt : std::optional(value);
  }

 private:
  void push(uint64_t value) {
    if (count_ >= stack_.size()) failed_ = true;
    if (!failed_) stack_[count_++] = memory_.word_bytes() == 4 ? value & 0xffff'ffff : value;
  }
  // A place below the first one wraps around, so that one comparison sees both ends.
  uint64_t pick(std::size_t depth) {
    const std::size_t at = count_ - 1 - depth;
    if (at >= stack_.size()) failed_ = true;
    return failed_ ? 0 : stack_[at];
  }
  uint64_t pop() {
    const uint64_t value = pick(0);
    if (!failed_) --count_;
    return value;
  }
  void push_register(uint64_t number, uint64_t offset) {
    if (number >= input_.registers.size()) {
      failed_ = true;
      return;
    }
    used_ |= uint64_t{1} << number;
    push(input_.registers[static_cast<std::size_t>(number)] + offset);
  }
  void dereference() {
    uint64_t value = 0;
    if (!memory_.read(pop(), value)) failed_ = true;
    push(value);
  }

  bool step(const Operation& operation) {
    const uint8_t code = operation.code;
    if (code >= DW_OP_lit0 && code <= DW_OP_lit31) return push(code - uint64_t{DW_OP_lit0}), true;
    if (code >= DW_OP_breg0 && code <= DW_OP_breg31)
      return push_register(code - uint64_t{DW_OP_breg0}, operation.number), true;
    if (code >= DW_OP_reg0 && code <= DW_OP_reg31)
      return is_value_ = true, push_register(code - uint64_t{DW_OP_reg0}, 0), true;
    return source(operation) || stack(operation) || arithmetic(operation) || comparison(code);
  }

  bool source(const Operation& operation) {
    switch (operation.code) {
      case DW_OP_addr:
      case DW_OP_const1u:
      case DW_OP_const1s:
      case DW_OP_const2u:
      case DW_OP_const2s:
      case DW_OP_const4u:
      case DW_OP_const4s:
      case DW_OP_const8u:
      case DW_OP_const8s:
      case DW_OP_constu:
      case DW_OP_consts: return push(operation.number), true;  // libdw has extended their signs
      case DW_OP_bregx: return push_register(operation.number, operation.second), true;
      case DW_OP_regx: return is_value_ = true, push_register(operation.number, 0), true;
      case DW_OP_call_frame_cfa:
        if (!input_.cfa) return false;
        return push(*input_.cfa), true;
      case DW_OP_stack_value: return is_value_ = true;
      case DW_OP_nop: return true;
      default: return false;
    }
  }

  bool stack(const Operation& operation) {
    switch (operation.code) {
      case DW_OP_deref: return dereference(), true;
      case DW_OP_dup: return push(pick(0)), true;
      case DW_OP_drop: return pop(), true;
      case DW_OP_over: return push(pick(1)), true;
      case DW_OP_pick: return push(pick(static_cast<std::size_t>(operation.number))), true;
      case DW_OP_swap: {
        const uint64_t top = pop();
        const uint64_t below = pop();
        return push(top), push(below), true;
      }
      case DW_OP_rot: {
        const uint64_t top = pop();
        const uint64_t second = pop();
        const uint64_t third = pop();
        return push(top), push(third), push(second), true;
      }
      case DW_OP_deref_size:
        dereference();
        if (operation.number < 8) push(pop() & ((uint64_t{1} << (8 * operation.number)) - 1));
        return operation.number != 0 && operation.number <= memory_.word_bytes();
      default: return false;
    }
  }

  bool arithmetic(const Operation& operation) {
    switch (operation.code) {
      case DW_OP_neg: return push(0 - pop()), true;
      case DW_OP_not: return push(~pop()), true;
      case DW_OP_plus_uconst: return push(pop() + operation.number), true;
      case DW_OP_and:
      case DW_OP_minus:
      case DW_OP_mul:
      case DW_OP_or:
      case DW_OP_plus:
      case DW_OP_shl:
      case DW_OP_shr:
      case DW_OP_shra:
      case DW_OP_xor: break;
      default: return false;
    }
    const uint64_t b = pop();
    const uint64_t a = pop();
    switch (operation.code) {
      case DW_OP_and: return push(a & b), true;
      case DW_OP_minus: return push(a - b), true;
      case DW_OP_mul: return push(a * b), true;
      case DW_OP_or: return push(a | b), true;
      case DW_OP_plus: return push(a + b), true;
      case DW_OP_shl: return push(b < 64 ? a << b : 0), true;
      case DW_OP_shr: return push(b < 64 ? a >> b : 0), true;
      case DW_OP_shra: return push(static_cast<uint64_t>(signed_value(a) >> (b < 63 ? b : 63))), true;
      default: return push(a ^ b), true;
    }
  }

  bool comparison(uint8_t code) {
    if (code < DW_OP_eq || code > DW_OP_ne) return false;
    const int64_t b = signed_value(pop());
    const int64_t a = signed_value(pop());
    switch (code) {
      case DW_OP_eq: return push(a == b), true;
      case DW_OP_ge: return push(a >= b), true;
      case DW_OP_gt: return push(a > b), true;
      case DW_OP_le: return push(a <= b), true;
      case DW_OP_lt: return push(a < b), true;
      default: return push(a != b), true;
    }
  }

  [[nodiscard]] int64_t signed_value(uint64_t value) const {
    return memory_.word_bytes() == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
  }

  const ExpressionInput& input_;
  Snapshot& memory_;
  uint64_t& used_;
  std::array<uint64_t, 32> stack_{};
  std::size_t count_ = 0;
  bool is_value_ = false;  // by its last operation: the stack has no place in memory but the value
  bool failed_ = false;
};

}  // namespace

std::optional<uint64_t> evaluate(std::span<const Operation> operations, Wanted wanted, const ExpressionInput& input,
                                 Snapshot& memory, uint64_t& used) {
  return Machine{input, memory, used}.run(operations, wanted);
}

}  // namespace ktrace::stack
