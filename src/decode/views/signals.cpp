// Signal sets: bit n - 1 stands for signal n (signal(7)). The kernel's sets have 64 bits; old calls have one long. When
// two thirds or more of the bits are set, those that are not are listed: ~[KILL STOP].
#include "decode/views/signals.h"

#include <algorithm>
#include <bit>
#include <csignal>

#include "base/signals.h"
#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t set_bytes = 8;  // NSIG / 8

// `size` bytes of a set at `address`; sizes that are not between the two limits show the address.
void show_set_at(ViewContext& context, uint64_t address, uint64_t size, std::size_t smallest) {
  std::array<uint8_t, set_bytes> bytes{};
  const bool fits = size >= smallest && size <= set_bytes;
  if (only_address(context, address) || !fits ||
      !context.memory.read_all(Address{address}, std::span(bytes).first(size))) {
    return context.sink.address({address});
  }
  show_signal_set(context, std::span(bytes).first(size));
}

void show_word(ViewContext& context, uint64_t word) {
  std::array<uint8_t, 8> bytes{};
  for (std::size_t k = 0; k < bytes.size(); ++k) bytes[k] = static_cast<uint8_t>(word >> (8 * k));
  show_signal_set(context, std::span(bytes).first(context.long_bytes()));
}

void show_word_result(ViewContext& context, uint64_t word, std::string_view label) {
  context.sink.begin(Shape::aux);
  context.sink.word(label);
  show_word(context, word);
  context.sink.end();
}

}  // namespace

void show_signal_set(ViewContext& context, std::span<const uint8_t> set) {
  uint64_t bits = 0;
  for (std::size_t k = 0; k < set.size() && k < set_bytes; ++k) bits |= uint64_t{set[k]} << (8 * k);
  const unsigned signals = set.size() > 4 ? 64 : 32;
  const bool inverted = static_cast<unsigned>(std::popcount(bits)) >= signals * 2 / 3;
  if (inverted) bits = ~bits;
  context.sink.begin(Shape::set, inverted ? "~" : "");
  for (unsigned signal = 1; signal <= signals; ++signal) {
    if ((bits >> (signal - 1) & 1) == 0) continue;
    std::string_view name = base::signal_name(static_cast<int>(signal));
    if (name.starts_with("SIG")) name.remove_prefix(3);
    show_name(context.sink, signal, 4, Base::decimal, name);
  }
  context.sink.end();
}

void show_handler(ViewContext& context, uint64_t handler) {
  const unsigned width = context.long_bytes();
  switch (handler) {
    case 0: return show_name(context.sink, handler, width, Base::hex, "SIG_DFL");
    case 1: return show_name(context.sink, handler, width, Base::hex, "SIG_IGN");
    case ~uint64_t{0}: return show_name(context.sink, handler, width, Base::hex, "SIG_ERR");
    default: return context.sink.address({handler});
  }
}

void sigset(ViewContext& context, const ViewValue& value) {
  show_set_at(context, value.number, value.params[0], context.long_bytes());
}

void sigset_some(ViewContext& context, const ViewValue& value) {
  show_set_at(context, value.number, value.params[0], 1);
}

void sigset_bytes(ViewContext& context, const ViewValue& value) {
  show_signal_set(context, value.bytes.first(std::min(value.bytes.size(), set_bytes)));
}

void sigset_word(ViewContext& context, const ViewValue& value) {
  show_word(context, value.number);
}

void mask_result(ViewContext& context, const ViewValue& value) {
  show_word_result(context, value.number, "mask");
}

void old_mask_result(ViewContext& context, const ViewValue& value) {
  show_word_result(context, value.number, "old mask");
}

void sig_handler(ViewContext& context, const ViewValue& value) {
  show_handler(context, value.number);
}

void handler_result(ViewContext& context, const ViewValue& value) {
  if (value.number > 1) return;
  context.sink.begin(Shape::aux);
  context.sink.word(value.number == 0 ? "SIG_DFL" : "SIG_IGN");  // a name under every -X
  context.sink.end();
}

}  // namespace ktrace::decode::views
