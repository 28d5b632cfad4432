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

std::optional<uint64_t> Walker::evaluate(const FrameRow& row, const FrameRow::Expression& what,
                                         std::optional<uint64_t> cfa) {
  uint64_t used = 0;
  const Wanted wanted = cfa ? Wanted::register_ : Wanted::value;
  const auto value =
      stack::evaluate(row.operations_of(what), wanted, {.registers = now_.values, .cfa = cfa}, stack_, used);
  used_ |= used & initial_;
  return value;
}

bool Walker::progressed(uint64_t sp, uint64_t ip) const {
  const uint64_t before = now_.values[numbers(now_.abi).sp];
  return sp > before || (sp == before && ip != now_.ip.value);
}

bool Walker::apply(const FrameRow& row) {
  const Numbers n = numbers(now_.abi);
  const auto cfa = evaluate(row, row.cfa, {});
  if (!cfa) return false;
  UnwindRegisters caller = now_;
  uint64_t initial = initial_ & ~(uint64_t{1} << n.sp);
  caller.values[n.sp] = *cfa;
  std::optional<uint64_t> back;
  bool has_rule = false;
  for (const FrameRow::Rule& rule : row.rules) {
    const auto value = rule.where.count == 0 ? std::nullopt : evaluate(row, rule.where, cfa);
    initial &= ~(uint64_t{1} << rule.target);
    if (rule.target == row.return_column) back = value, has_rule = true;
    if (value) caller.values[rule.target] = *value;
  }
  if (!has_rule && n.link != 0 && row.return_column == n.link) back = use(n.link);
  if (!back) return false;
  caller.ip = {code_address(now_.abi, *back)};
  caller.values[n.ip] = caller.ip.value;
  if (!row.is_signal_frame && !progressed(caller.values[n.sp], caller.ip.value)) return false;
  after_signal_ = row.is_signal_frame;
  now_ = caller;
  initial_ = initial;
  return true;
}

Walker::Step Walker::by_row(const Mapping& mapping, Address at) {
  const FrameRow* const row = rows_.find_row(tracee_.tid, mapping, at);
  if (row == nullptr) return Step::unknown;
  return apply(*row) ? Step::done : Step::ended;
}

// By libunwind, which goes on from frame to frame by itself as long as it knows the code.
Walker::Step Walker::natively(Module& module, Address at) {
  if (!in_native_) {
    if (module.end == 0) return Step::unknown;  // code of no file
    const NativeUnwinder::Thread thread{.space = tracee_.space, .memory = tracee_.memory, .stack = stack_};
    if (!native_.begin(thread, now_, initial_)) return Step::unknown;
  }
  const NativeUnwinder::Step step = native_.step(module, at);
  used_ |= native_.used();
  if (step == NativeUnwinder::Step::done) {
    in_native_ = true;
    after_signal_ = native_.after_signal();
    now_.ip = native_.ip();
    return Step::done;
  }
  if (step == NativeUnwinder::Step::ended) return Step::ended;
  if (in_native_) native_.leave(now_, initial_), in_native_ = false;
  used_ |= native_.used();
  return Step::unknown;
}

Walker::Step Walker::step(Address at) {
  const Mapping* const mapping = tracee_.space.find_code(at);
  if (mapping == nullptr) return Step::ended;
  Module& module = modules_.find(tracee_, *mapping);
  Step step = natively(module, at);
  if (step == Step::unknown) step = by_row(*mapping, at);
  return step == Step::unknown ? by_frame_pointer() : step;
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

// Whether the rest of the walk is known: then `walk` has it.
bool Walker::follow_trail(Walk& walk) {
  const Trail::Frame* const known = trail_.find(now_.ip, native_.sp());
  if (known == nullptr || known->kept != native_.kept()) return false;
  own_words_ = stack_.words().size();
  trail_.follow(stack_, [&walk](Address ip) { walk.callers.push_back({ip, false}); });
  native_.use_kept();
  used_ |= native_.used();
  return true;
}

void Walker::note_frame() {
  own_.push_back({.ip = now_.ip, .sp = native_.sp(), .kept = native_.kept(), .words = stack_.words().size()});
}

void Walker::keep_trail(const Walk& walk) {
  if (!plain_ || walk.cut || !NativeUnwinder::is_kept(used_)) return trail_.clear();
  trail_.keep(own_, stack_.words().first(own_words_));
}

void Walker::run(const UnwindRegisters& registers, std::size_t limit, Walk& walk) {
  // However high the limit, a stack that was made to lead in circles through signal frames ends.
  constexpr std::size_t most_frames = std::size_t{1} << 20;
  limit = std::min(limit, most_frames);
  now_ = registers;
  initial_ = ~uint64_t{0};
  used_ = 0;
  in_native_ = false;
  after_signal_ = true;
  plain_ = true;
  own_.clear();
  own_words_ = 0;
  walk.callers.clear();
  walk.cut = false;
  trail_.begin(registers.values[numbers(now_.abi).sp], stack_);
  bool followed = false;
  for (;;) {
    const bool exact = after_signal_;
    walk.callers.push_back({now_.ip, exact});
    const Step step = this->step({now_.ip.value - (exact ? 0 : 1)});
    if (step != Step::done || now_.ip.value == 0) break;
    if (walk.callers.size() >= limit) {
      walk.cut = true;
      break;
    }
    plain_ = plain_ && in_native_ && !after_signal_;
    if (!plain_) continue;
    followed = follow_trail(walk);
    if (followed) break;
    note_frame();
  }
  if (walk.callers.size() > limit) {
    walk.callers.resize(limit);
    walk.cut = true;
  }
  if (!followed) {
    own_words_ = stack_.words().size();
    trail_.clear();
  }
  walk.used = used_;
  keep_trail(walk);
}

}  // namespace ktrace::stack
