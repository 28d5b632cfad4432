// A stack machine. The code comes from ktspec and is trusted to be well formed; the values come from the tracee and are
// not: shifts, divisions and loads are total functions here.
#include "decode/eval.h"

#include <algorithm>
#include <cstring>

#include "decode/scalar.h"

namespace ktrace::decode {
namespace {

using spec::Op;

class Machine {
 public:
  Machine(const ViewContext& context, const Frame& frame, const Subject& subject)
      : context_(context), frame_(frame), subject_(subject) {}

  uint64_t run(spec::Code at) {
    next_ = spec::code + at;
    for (;;) {
      const Op op = static_cast<Op>(*next_++);
      if (op == Op::end) return top_ == 0 ? 0 : stack_[top_ - 1];
      if (op <= Op::avail) {
        operand(op);
      } else {
        compute(op);
      }
    }
  }

 private:
  static constexpr unsigned depth = 32;

  uint8_t byte() { return *next_++; }
  uint32_t word() {
    uint32_t value;
    std::memcpy(&value, next_, sizeof value);
    next_ += sizeof value;
    return value;
  }
  void push(uint64_t value) {
    if (top_ < depth) stack_[top_++] = value;
  }
  uint64_t pop() { return top_ == 0 ? 0 : stack_[--top_]; }

  uint64_t load_member(const spec::Load& what) const {
    const unsigned abi = index(context_.abi);
    const uint64_t end = uint64_t{what.offset[abi]} + what.width[abi];
    if (end > frame_.record.size()) return 0;
    const uint64_t value = load(frame_.record.data() + what.offset[abi], what.width[abi], what.big_endian != 0);
    return what.is_signed ? sign_extend(value, what.width[abi]) : value;
  }

  uint64_t read_scalar(uint64_t address, unsigned width) const {
    uint8_t bytes[8] = {};
    if (width == 0) width = context_.long_bytes();
    if (width > sizeof bytes || address == 0) return 0;
    if (!context_.memory.read_all({address}, {bytes, width})) return 0;
    return load(bytes, width);
  }

  uint64_t property(uint64_t fd, unsigned which) const {
    const auto socket = context_.descriptors.socket(static_cast<int>(fd));
    return static_cast<uint64_t>(int64_t{which == 0 ? socket.protocol : socket.family});
  }

  // Operations that bring a value.
  void operand(Op op) {
    const auto& decoding = context_.call.decoding;
    if (op == Op::imm) return push(spec::imms[word()][index(context_.abi)]);
    if (op == Op::load) return push(load_member(spec::loads[word()]));
    if (op == Op::arg) return push(decoding.values[byte() % decoding.values.size()]);
    if (op == Op::old) return push(decoding.saved[byte() % decoding.saved.size()]);
    if (op == Op::param) return push(frame_.params[byte() % max_params]);
    if (op == Op::prop) return push(property(pop(), byte()));
    if (op == Op::peek) return push(read_scalar(subject_.pointer.value, byte()));
    if (op == Op::ret)
      return push(context_.phase == Phase::exit ? static_cast<uint64_t>(context_.call.outcome.value) : 0);
    if (op == Op::failed) return push(context_.failed ? 1 : 0);
    if (op == Op::avail) return push(frame_.record.size());
    if (op == Op::nonzero) {
      return push(std::any_of(subject_.value.begin(), subject_.value.end(), [](uint8_t b) { return b != 0; }) ? 1 : 0);
    }
    if (op == Op::deref) {
      const unsigned width = byte();
      const bool is_signed = byte() != 0;
      const uint64_t value = read_scalar(pop(), width);
      return push(is_signed ? sign_extend(value, width != 0 ? width : context_.long_bytes()) : value);
    }
    if (op == Op::bits) {
      const unsigned first = byte();
      const unsigned count = byte();
      return push(cut_bits(pop(), first, count));
    }
  }

  // Operations on what is there.
  void compute(Op op) {
    if (op == Op::lnot) return push(pop() == 0 ? 1 : 0);
    const uint64_t b = pop();
    const uint64_t a = pop();
    push(binary(op, a, b));
  }

  static uint64_t binary(Op op, uint64_t a, uint64_t b) {
    const auto x = static_cast<int64_t>(a);
    const auto y = static_cast<int64_t>(b);
    if (op == Op::has) return (a & b) == b;
    if (op == Op::eq) return a == b;
    if (op == Op::ne) return a != b;
    if (op == Op::lt) return x < y;
    if (op == Op::le) return x <= y;
    if (op == Op::gt) return x > y;
    if (op == Op::ge) return x >= y;
    if (op == Op::land) return a != 0 && b != 0;
    if (op == Op::lor) return a != 0 || b != 0;
    if (op == Op::band) return a & b;
    if (op == Op::bor) return a | b;
    if (op == Op::add) return a + b;
    if (op == Op::sub) return a - b;
    if (op == Op::mul) return a * b;
    if (op == Op::div) return b == 0 ? 0 : a / b;
    if (op == Op::shl) return b >= 64 ? 0 : a << b;
    return b >= 64 ? 0 : a >> b;  // shr
  }

  const ViewContext& context_;
  const Frame& frame_;
  const Subject& subject_;
  const uint8_t* next_ = nullptr;
  uint64_t stack_[depth];
  unsigned top_ = 0;
};

}  // namespace

uint64_t evaluate(spec::Code code, const ViewContext& context, const Frame& frame, const Subject& subject) {
  return Machine(context, frame, subject).run(code);
}

}  // namespace ktrace::decode
