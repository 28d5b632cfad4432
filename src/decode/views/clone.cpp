// clone(2): flags with a signal in the low byte; the new thread's storage, which i386 describes by a segment.
#include <fmt/core.h>

#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t signal_mask = 0xff;  // CSIGNAL
constexpr std::size_t user_desc_bytes = 16;

void show_user_desc(ViewContext& context, uint64_t address) {
  std::array<uint8_t, user_desc_bytes> bytes{};
  if (!context.memory.read_all(Address{address}, bytes)) return context.sink.address({address});
  context.show_record(spec::ids::record_user_desc, bytes);
}

}  // namespace

void clone_word(ViewContext& context, const ViewValue& value) {
  const uint64_t flags = value.number & ~signal_mask;
  const uint64_t signal = value.number & signal_mask;
  if (flags != 0) context.show_set(spec::ids::set_clone_word_flags, flags, context.long_bytes());
  if (flags != 0 && signal == 0) return;
  if (flags != 0) context.sink.joined();
  context.show_set(spec::ids::set_signal, signal, 4);
}

void thread_area(ViewContext& context, const ViewValue& value) {
  if (context.abi != Abi::i386 || only_address(context, value.number)) return context.sink.address({value.number});
  show_user_desc(context, value.number);
}

void ldt_entry(ViewContext& context, const ViewValue& value) {
  if (only_address(context, value.number) || value.params[0] != user_desc_bytes) {
    return context.sink.address({value.number});
  }
  show_user_desc(context, value.number);
}

// C's %#08x: 0x001000, but eight zeros for 0.
void hex24(ViewContext& context, const ViewValue& value) {
  char text[16];
  const auto end = value.number == 0 ? fmt::format_to_n(text, sizeof text, "00000000")
                                     : fmt::format_to_n(text, sizeof text, "{:#08x}", value.number);
  context.sink.expression(value.number, {text, end.size});
}

void entry_number_result(ViewContext& context, const ViewValue&) {
  std::array<uint8_t, user_desc_bytes> bytes;
  if (!context.memory.read_all(Address{context.argument(0)}, bytes)) return;
  char text[32];
  const auto end = fmt::format_to_n(text, sizeof text, "entry_number={}", load(bytes.data(), 4));
  context.sink.begin(Shape::aux);
  context.sink.word({text, end.size});
  context.sink.end();
}

// Only the number says at entry what is asked for; strace shows it also if there is no more than that to read.
void asked_segment(ViewContext& context, const ViewValue& value) {
  const auto show_number = [&](uint64_t number) { context.sink.number({.value = number, .width = 4}); };
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    memo.resize(4);
    if (!context.memory.read_all(value.address, memo)) return context.sink.address(value.address);
    context.sink.begin(Shape::structure);
    context.sink.field("entry_number");
    show_number(load(memo.data(), 4));
    context.left_open = true;
    return;
  }
  std::array<uint8_t, user_desc_bytes> bytes;
  if (context.failed || !context.memory.read_all(value.address, bytes)) {
    context.sink.elided();
    return context.sink.end();
  }
  const uint64_t now = load(bytes.data(), 4);
  if (now != load(memo.data(), 4)) {
    context.sink.changed();
    show_number(now);
  }
  context.show_members(spec::ids::type_segment, bytes, std::array<uint64_t, 1>{1}, Part::all);
  context.sink.end();
}

}  // namespace ktrace::decode::views
