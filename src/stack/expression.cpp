#include "stack/expression.h"

#include <array>

#include "stack/bytes.h"

namespace ktrace::stack {
namespace {

constexpr unsigned most_steps = 1000;

class Machine {
 public:
  Machine(std::span<const uint8_t> program, const ExpressionInput& input, Snapshot& memory, uint64_t& used)
      : reader_(program), input_(input), memory_(memory), used_(used) {
    if (input.first) push(*input.first);
  }

  std::optional<uint64_t> run() {
    for (unsigned steps = 0; !reader_.at_end(); ++steps) {
      if (steps == most_steps || !step(reader_.fixed<uint8_t>()) || failed_ || reader_.failed()) return std::nullopt;
    }
    if (failed_ || count_ == 0) return std::nullopt;
    return pop();
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
  void push_signed(int64_t value) { push(static_cast<uint64_t>(value)); }
  void push_register(uint64_t number, int64_t offset) {
    if (number >= input_.registers.size()) {
      failed_ = true;
      return;
    }
    used_ |= uint64_t{1} << number;
    push(input_.registers[static_cast<std::size_t>(number)] + static_cast<uint64_t>(offset));
  }
  void dereference() {
    uint64_t value = 0;
    if (!memory_.read(pop(), value)) failed_ = true;
    push(value);
  }

  bool step(uint8_t code) {
    if (code >= 0x30 && code <= 0x4f) return push(code - 0x30U), true;                           // DW_OP_lit0...
    if (code >= 0x70 && code <= 0x8f) return push_register(code - 0x70U, reader_.sleb()), true;  // DW_OP_breg0...
    return constant(code) || stack(code) || arithmetic(code) || comparison(code) || flow(code);
  }

  bool constant(uint8_t code) {
    switch (code) {
      case 0x03: return push(reader_.word(memory_.word_bytes())), true;  // DW_OP_addr
      case 0x08: return push(reader_.fixed<uint8_t>()), true;
      case 0x09: return push_signed(reader_.fixed<int8_t>()), true;
      case 0x0a: return push(reader_.fixed<uint16_t>()), true;
      case 0x0b: return push_signed(reader_.fixed<int16_t>()), true;
      case 0x0c: return push(reader_.fixed<uint32_t>()), true;
      case 0x0d: return push_signed(reader_.fixed<int32_t>()), true;
      case 0x0e: return push(reader_.fixed<uint64_t>()), true;
      case 0x0f: return push_signed(reader_.fixed<int64_t>()), true;
      case 0x10: return push(reader_.uleb()), true;         // DW_OP_constu
      case 0x11: return push_signed(reader_.sleb()), true;  // DW_OP_consts
      case 0x92: {                                          // DW_OP_bregx
        const uint64_t number = reader_.uleb();
        return push_register(number, reader_.sleb()), true;
      }
      default: return false;
    }
  }

  bool stack(uint8_t code) {
    switch (code) {
      case 0x06: return dereference(), true;                         // DW_OP_deref
      case 0x12: return push(pick(0)), true;                         // DW_OP_dup
      case 0x13: return pop(), true;                                 // DW_OP_drop
      case 0x14: return push(pick(1)), true;                         // DW_OP_over
      case 0x15: return push(pick(reader_.fixed<uint8_t>())), true;  // DW_OP_pick
      case 0x16: {                                                   // DW_OP_swap
        const uint64_t top = pop();
        const uint64_t below = pop();
        return push(top), push(below), true;
      }
      case 0x17: {  // DW_OP_rot
        const uint64_t top = pop();
        const uint64_t second = pop();
        const uint64_t third = pop();
        return push(top), push(third), push(second), true;
      }
      case 0x94: {  // DW_OP_deref_size
        const auto bytes = reader_.fixed<uint8_t>();
        dereference();
        if (bytes < 8) push(pop() & ((uint64_t{1} << (8 * bytes)) - 1));
        return bytes != 0 && bytes <= memory_.word_bytes();
      }
      case 0x96: return true;  // DW_OP_nop
      default: return false;
    }
  }

  bool arithmetic(uint8_t code) {
    if (code == 0x1f) return push(0 - pop()), true;               // DW_OP_neg
    if (code == 0x20) return push(~pop()), true;                  // DW_OP_not
    if (code == 0x23) return push(pop() + reader_.uleb()), true;  // DW_OP_plus_uconst
    if (code < 0x1a || code > 0x27 || code == 0x1b || code == 0x1d || code == 0x19) return false;
    const uint64_t b = pop();
    const uint64_t a = pop();
    switch (code) {
      case 0x1a: return push(a & b), true;
      case 0x1c: return push(a - b), true;
      case 0x1e: return push(a * b), true;
      case 0x21: return push(a | b), true;
      case 0x22: return push(a + b), true;
      case 0x24: return push(b < 64 ? a << b : 0), true;
      case 0x25: return push(b < 64 ? a >> b : 0), true;
      case 0x26: return push_signed(signed_value(a) >> (b < 63 ? b : 63)), true;
      case 0x27: return push(a ^ b), true;
      default: return false;
    }
  }

  bool comparison(uint8_t code) {
    if (code < 0x29 || code > 0x2e) return false;
    const int64_t b = signed_value(pop());
    const int64_t a = signed_value(pop());
    switch (code) {
      case 0x29: return push(a == b), true;
      case 0x2a: return push(a >= b), true;
      case 0x2b: return push(a > b), true;
      case 0x2c: return push(a <= b), true;
      case 0x2d: return push(a < b), true;
      default: return push(a != b), true;
    }
  }

  bool flow(uint8_t code) {
    if (code != 0x28 && code != 0x2f) return false;  // DW_OP_bra, DW_OP_skip
    const auto distance = reader_.fixed<int16_t>();
    if (code == 0x2f || pop() != 0) reader_.skip(distance);
    return true;
  }

  [[nodiscard]] int64_t signed_value(uint64_t value) const {
    return memory_.word_bytes() == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
  }

  ByteReader reader_;
  const ExpressionInput& input_;
  Snapshot& memory_;
  uint64_t& used_;
  std::array<uint64_t, 32> stack_{};
  std::size_t count_ = 0;
  bool failed_ = false;
};

}  // namespace

std::optional<uint64_t> evaluate(std::span<const uint8_t> program, const ExpressionInput& input, Snapshot& memory,
                                 uint64_t& used) {
  return Machine{program, input, memory, used}.run();
}

}  // namespace ktrace::stack
