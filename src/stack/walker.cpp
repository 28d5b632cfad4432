#include "stack/walker.h"

#include <algorithm>

#include "stack/expression.h"

namespace ktrace::stack {
namespace {

// DWARF numbers. `ip`: where values of the return address are kept; its column for x86.
struct Numbers {
  unsigned sp;
  unsigned fp;
  unsigned ip;
  unsigned link;  // a register that holds the return address of a leaf; 0: none
};
constexpr Numbers numbers(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return {.sp = 7, .fp = 6, .ip = 16, .link = 0};
    case Abi::i386: return {.sp = 4, .fp = 5, .ip = 8, .link = 0};
    case Abi::aarch64: return {.sp = 31, .fp = 29, .ip = 32, .link = 30};
    case Abi::arm: return {.sp = 13, .fp = 11, .ip = 15, .link = 14};
  }
  return {};
}

// Where user code can be: what lies above in a return address of arm64 authenticates it (Linux,
// Documentation/arch/arm64/pointer-authentication.rst) and is no part of the address.
uint64_t code_address(Abi abi, uint64_t value) {
  if (abi == Abi::aarch64) return value & ((uint64_t{1} << 48) - 1);
  return abi == Abi::arm ? value & ~uint64_t{1} : value;  // Thumb
}

// Frames that code without call frame information has.
constexpr uint64_t largest_frame = uint64_t{1} << 20;

}  // namespace

uint64_t Walker::use(uint64_t number) {
  used_ |= initial_ & (uint64_t{1} << number);
  return now_.values[static_cast<std::size_t>(number)];
}

std::optional<uint64_t> Walker::value_of(const CallFrames& frames, const Rule& rule, uint64_t cfa) {
  uint64_t value = 0;
  switch (rule.kind) {
    case Rule::Kind::same: return use(rule.target);
    case Rule::Kind::undefined: return std::nullopt;
    case Rule::Kind::at_cfa:
      if (!stack_.read(narrowed(cfa + static_cast<uint64_t>(rule.value)), value)) return std::nullopt;
      return value;
    case Rule::Kind::cfa_plus: return narrowed(cfa + static_cast<uint64_t>(rule.value));
    case Rule::Kind::in_register: {
      const auto number = static_cast<uint64_t>(rule.value);
      return number < now_.values.size() ? std::optional(use(number)) : std::nullopt;
    }
    case Rule::Kind::at_expression:
    case Rule::Kind::expression: {
      uint64_t used = 0;
      const auto result = evaluate(frames.expression(rule), {.registers = now_.values, .first = cfa}, stack_, used);
      used_ |= used & initial_;
      if (!result || rule.kind == Rule::Kind::expression) return result;
      if (!stack_.read(*result, value)) return std::nullopt;
      return value;
    }
  }
  return std::nullopt;
}

bool Walker::progressed(uint64_t sp, uint64_t ip) const {
  const uint64_t before = now_.values[numbers(now_.abi).sp];
  return sp > before || (sp == before && ip != now_.ip.value);
}

bool Walker::apply(const CallFrames& frames, const Row& row) {
  const Numbers n = numbers(now_.abi);
  uint64_t cfa = 0;
  if (row.cfa.kind == Rule::Kind::in_register && row.cfa.target < now_.values.size()) {
    cfa = narrowed(use(row.cfa.target) + static_cast<uint64_t>(row.cfa.value));
  } else if (row.cfa.kind == Rule::Kind::expression) {
    uint64_t used = 0;
    const auto value = evaluate(frames.expression(row.cfa), {.registers = now_.values, .first = {}}, stack_, used);
    used_ |= used & initial_;
    if (!value) return false;
    cfa = *value;
  } else {
    return false;
  }
  UnwindRegisters caller = now_;
  uint64_t initial = initial_ & ~(uint64_t{1} << n.sp);
  caller.values[n.sp] = cfa;
  std::optional<uint64_t> back;
  if (n.link != 0 && row.return_column == n.link) back = use(n.link);
  for (const Rule& rule : frames.rules(row)) {
    const auto value = value_of(frames, rule, cfa);
    initial &= ~(uint64_t{1} << rule.target);
    if (rule.target == row.return_column) back = value;
    if (value) caller.values[rule.target] = *value;
  }
  if (!back) return false;
  caller.ip = {code_address(now_.abi, *back)};
  caller.values[n.ip] = caller.ip.value;
  if (!row.is_signal_frame && !progressed(caller.values[n.sp], caller.ip.value)) return false;
  after_signal_ = row.is_signal_frame;
  now_ = caller;
  initial_ = initial;
  return true;
}

Walker::Step Walker::by_rows(Address at) {
  const Mapping* const mapping = tracee_.space.find_code(at);
  if (mapping == nullptr) return Step::ended;
  Module& module = modules_.find(tracee_, *mapping);
  if (module.frames == nullptr) return Step::unknown;
  const Row* const row = module.frames->find(module.pages.from(tracee_.memory), module.bias, at.value - module.bias);
  if (row == nullptr) return Step::unknown;
  return apply(*module.frames, *row) ? Step::done : Step::ended;
}

// `[fp]` is the caller's fp, above it stands the return address (both x86 ABIs and arm64). Believed only if all of it
// can be true.
Walker::Step Walker::by_frame_pointer() {
  const Numbers n = numbers(now_.abi);
  if (now_.abi == Abi::arm) return Step::ended;
  const uint64_t fp = use(n.fp);
  const uint64_t sp = use(n.sp);
  const unsigned bytes = stack_.word_bytes();
  uint64_t next_fp = 0;
  uint64_t back = 0;
  if (fp < sp || fp - sp > largest_frame || fp % bytes != 0) return Step::ended;
  if (!stack_.read(fp, next_fp) || !stack_.read(fp + bytes, back)) return Step::ended;
  back = code_address(now_.abi, back);
  if (tracee_.space.find_code({back}) == nullptr) return Step::ended;
  now_.values[n.fp] = next_fp;
  now_.values[n.sp] = fp + uint64_t{2} * bytes;
  now_.values[n.ip] = back;
  now_.ip = {back};
  initial_ &= ~((uint64_t{1} << n.fp) | (uint64_t{1} << n.sp));
  after_signal_ = false;
  return Step::done;
}

void Walker::run(const UnwindRegisters& registers, std::size_t limit, Walk& walk) {
  // However high the limit, a stack that was made to lead in circles through signal frames ends.
  constexpr std::size_t most_frames = std::size_t{1} << 20;
  limit = std::min(limit, most_frames);
  now_ = registers;
  initial_ = ~uint64_t{0};
  used_ = 0;
  after_signal_ = true;
  walk.callers.clear();
  walk.cut = false;
  for (;;) {
    const bool exact = after_signal_;
    walk.callers.push_back({now_.ip, exact});
    Step step = by_rows({now_.ip.value - (exact ? 0 : 1)});
    if (step == Step::unknown) step = by_frame_pointer();
    if (step != Step::done || now_.ip.value == 0) break;
    if (walk.callers.size() >= limit) {
      walk.cut = true;
      break;
    }
  }
  walk.used = used_;
}

}  // namespace ktrace::stack
