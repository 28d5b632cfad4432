// File handles of name_to_handle_at(2) and open_by_handle_at(2): a head with the length of the body, and the body. The
// caller says how much room there is, the kernel how much it takes, also when it gives up because that is more.
#include <algorithm>
#include <cstring>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t longest_body = 128;  // MAX_HANDLE_SZ
constexpr int overflow = 75;            // EOVERFLOW, the same on every ABI

struct Head {
  uint32_t length;
  int32_t type;
};

std::optional<Head> read_head(ViewContext& context, Address from) {
  std::array<uint8_t, 8> bytes{};
  if (!context.memory.read_all(from, bytes)) return std::nullopt;
  return Head{static_cast<uint32_t>(load(bytes.data(), 4)), static_cast<int32_t>(load(bytes.data() + 4, 4))};
}

void show_length(ViewContext& context, uint32_t length) {
  context.sink.number({.value = length, .width = 4});
}

void show_body(ViewContext& context, Address from, const Head& head) {
  context.sink.field("handle_type");
  context.sink.number({.value = static_cast<uint64_t>(int64_t{head.type}), .width = 4, .is_signed = true});
  context.sink.field("f_handle");
  std::array<uint8_t, longest_body> bytes{};
  const auto shown = std::span(bytes).first(std::min<uint64_t>(head.length, longest_body));
  if (!context.memory.read_all(from, shown)) return context.sink.word("???");
  context.sink.string({.bytes = {reinterpret_cast<const char*>(shown.data()), shown.size()},
                       .kind = Bytes::Kind::hex,
                       .cut = shown.size() < head.length,
                       .length = head.length});
}

}  // namespace

// The head as it was before the call is what the call remembers: nothing if it could not be read.
void new_handle(ViewContext& context, const ViewValue& value) {
  auto& before = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    before.resize(sizeof(uint64_t));
    if (!context.memory.read_all(value.address, before)) before.clear();
    return context.sink.address(value.address);
  }
  if (before.size() < sizeof(uint64_t)) return context.sink.address(value.address);
  const auto room = static_cast<uint32_t>(load(before.data(), 4));
  const bool told = !context.failed || context.call.outcome.value == -overflow;
  const std::optional<Head> head = told ? read_head(context, value.address) : std::nullopt;
  context.sink.begin(Shape::structure);
  context.sink.field("handle_bytes");
  show_length(context, room);
  if (head && head->length != room) {
    context.sink.changed();
    show_length(context, head->length);
  }
  if (head && !context.failed) show_body(context, value.address + sizeof(Head), *head);
  context.sink.end();
}

void known_handle(ViewContext& context, const ViewValue& value) {
  const std::optional<Head> head = read_head(context, value.address);
  if (!head) return context.sink.address(value.address);
  context.sink.begin(Shape::structure);
  context.sink.field("handle_bytes");
  show_length(context, head->length);
  show_body(context, value.address + sizeof(Head), *head);
  context.sink.end();
}

// Where the kernel puts the number of the mount; not looked at if there was no handle to look at.
void mount_id(ViewContext& context, const ViewValue& value) {
  constexpr unsigned width = 4;  // also if the kernel was asked for the number that has 64 bits
  const bool known = !only_address(context, value.number) && !context.call.decoding.bytes.empty();
  const auto id = known ? read_integer(context, value.number, width) : std::nullopt;
  if (!id) return context.sink.address({value.number});
  context.sink.begin(Shape::array);
  context.sink.number({.value = sign_extend(*id, width), .width = width, .is_signed = true});
  context.sink.end();
}

}  // namespace ktrace::decode::views
