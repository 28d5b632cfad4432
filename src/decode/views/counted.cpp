// Members of ioctl structures whose length another member tells, and addresses that have 64 bits everywhere.
#include <algorithm>

#include "decode/view.h"

namespace ktrace::decode::views {
namespace {

void show_counted(ViewContext& context, const ViewValue& value, Bytes::Kind kind) {
  const auto size = static_cast<std::size_t>(std::min<uint64_t>(value.params[0], value.bytes.size()));
  context.sink.string(
      {.bytes = {reinterpret_cast<const char*>(value.bytes.data()), size}, .kind = kind, .length = size});
}

}  // namespace

void counted_bytes(ViewContext& context, const ViewValue& value) {
  show_counted(context, value, Bytes::Kind::data);
}

void counted_hex(ViewContext& context, const ViewValue& value) {
  show_counted(context, value, Bytes::Kind::hex);
}

// Whether it ends where its length says is told by the byte behind it.
void counted_text(ViewContext& context, const ViewValue& value) {
  if (value.bytes.empty()) return context.sink.address(value.address);
  const auto most = static_cast<int64_t>(value.bytes.size()) - 1;
  const auto size = static_cast<std::size_t>(std::clamp<int64_t>(static_cast<int64_t>(value.params[0]), 0, most));
  const auto room = value.bytes.first(size + 1);
  const auto length = static_cast<std::size_t>(std::find(room.begin(), room.end(), uint8_t{0}) - room.begin());
  const bool ended = length <= size;
  context.sink.string({.bytes = {reinterpret_cast<const char*>(room.data()), std::min(length, size)},
                       .kind = Bytes::Kind::text,
                       .cut = !ended,
                       .length = size});
}

// The same, but nothing shows if not all of it can be read.
void whole_text(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() <= value.params[0]) return context.sink.address(value.address);
  counted_text(context, value);
}

void distant(ViewContext& context, const ViewValue& value) {
  context.sink.address({value.number});
}

}  // namespace ktrace::decode::views
