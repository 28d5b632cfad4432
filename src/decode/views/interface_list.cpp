// SIOCGIFCONF: the program says how many bytes it has for interfaces, or asks with NULL how many it needs; the kernel
// says how many it used. Without a buffer the length is that of the answer; with one it shows before and after the
// call.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

// struct ifconf: a number, and a pointer at the next multiple of its own size.
struct Room {
  int32_t length = 0;
  uint64_t buffer = 0;

  bool operator==(const Room&) const = default;
};

std::optional<Room> read_room(ViewContext& context, uint64_t address) {
  const std::size_t word = context.long_bytes();
  std::array<uint8_t, 16> bytes{};
  if (address == 0 || !context.memory.read_all({address}, std::span(bytes).first(2 * word))) return std::nullopt;
  return Room{.length = static_cast<int32_t>(load(bytes.data(), 4)),
              .buffer = load(bytes.data() + word, context.long_bytes())};
}

std::size_t interface_size(const ViewContext& context) {
  return context.long_bytes() == 8 ? 40 : 32;
}

void show_length(ViewContext& context, int32_t length) {
  show_decimal(context.sink, length);
  const auto size = static_cast<int32_t>(interface_size(context));
  if (length <= 0 || length % size != 0) return;
  char note[64];
  const auto end = fmt::format_to_n(note, sizeof note, "{} * sizeof(struct ifreq)", length / size);
  context.sink.comment({note, std::min(end.size, sizeof note)});
}

void show_interfaces(ViewContext& context, const Room& room) {
  const uint64_t count = room.length < 0 ? 0 : static_cast<uint64_t>(room.length) / interface_size(context);
  if (room.buffer == 0 || room.length < 0 || (count != 0 && !context.options.dereference)) {
    return context.sink.address({room.buffer});
  }
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(count, context.options.string_limit) : count;
  const auto show = [&](Address, std::span<const uint8_t> bytes) {
    context.show_record(spec::ids::record_ifreq_addr, bytes);
  };
  if (context.long_bytes() == 8) {
    show_elements<40>(context, room.buffer, shown, count, show);
  } else {
    show_elements<32>(context, room.buffer, shown, count, show);
  }
}

void show_asked(ViewContext& context, const ViewValue& value) {
  const auto asked = read_room(context, value.number);
  if (!asked) return context.sink.address({value.number});
  auto& memo = context.call.decoding.bytes;
  memo.resize(sizeof *asked);
  std::memcpy(memo.data(), &*asked, sizeof *asked);
  context.left_open = true;
  context.sink.begin(Shape::structure);
  if (asked->buffer == 0) return;
  context.sink.field("ifc_len");
  show_length(context, asked->length);
}

}  // namespace

void interface_list(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) return show_asked(context, value);
  Room asked;
  const auto& memo = context.call.decoding.bytes;
  if (memo.size() == sizeof asked) std::memcpy(&asked, memo.data(), sizeof asked);
  const Room answer = read_room(context, value.number).value_or(asked);
  if (asked.buffer == 0) {
    context.sink.field("ifc_len");
    show_length(context, answer.length);
  } else if (asked.length != answer.length) {
    context.sink.changed();
    show_length(context, answer.length);
  }
  context.sink.field("ifc_buf");
  if (context.failed || asked.buffer == 0) {
    context.sink.address({asked.buffer});
    if (asked.buffer != answer.buffer) {
      context.sink.changed();
      context.sink.address({answer.buffer});
    }
  } else {
    show_interfaces(context, answer);
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
