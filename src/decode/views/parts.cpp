// Values that only make sense with what the call returned, or with how registers are paired.
#include <algorithm>
#include <cstring>

#include "decode/scalar.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t longest_attribute = 65536;  // XATTR_SIZE_MAX

void show_attribute(ViewContext& context, Address from, uint64_t length) {
  if (length > longest_attribute) return context.sink.address(from);
  context.show_bytes(from, length, Bytes::Kind::ended);
}

}  // namespace

// iov_base of readv(2): the parts are filled in order, so each takes what the ones before it left of the result. What
// is left is remembered in the call.
void read_part(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  if (context.failed) return context.sink.address(from);
  auto& memo = context.call.decoding.bytes;
  uint64_t left = static_cast<uint64_t>(std::max<int64_t>(context.call.outcome.value, 0));
  if (memo.size() == sizeof left) std::memcpy(&left, memo.data(), sizeof left);
  const uint64_t mine = std::min(left, value.params[0]);
  left -= mine;
  memo.resize(sizeof left);
  std::memcpy(memo.data(), &left, sizeof left);
  if (!from) return context.sink.address(from);
  context.show_bytes(from, mine, Bytes::Kind::data);
}

// The offset of sendfile(2): what it was is remembered at entry. It changes only if something was sent.
void show_file_offset(ViewContext& context, const ViewValue& value, unsigned width) {
  auto& before = context.call.decoding.bytes;
  constexpr unsigned count_argument = 3;
  if (context.phase == Phase::entry) {
    before.resize(width);
    if (!context.memory.read_all(value.address, before)) before.clear();
    return context.sink.address(value.address);
  }
  if (before.size() < width) return context.sink.address(value.address);
  const auto show = [&](const uint8_t* bytes) {
    context.sink.number({.value = load(bytes, width), .width = static_cast<uint8_t>(width)});
  };
  context.sink.begin(Shape::array);
  show(before.data());
  uint8_t now[8];
  const bool sent = !context.failed && context.call.outcome.value != 0 && context.argument(count_argument) != 0;
  if (sent && context.memory.read_all(value.address, {now, width})) {
    context.sink.changed();
    show(now);
  }
  context.sink.end();
}

void file_offset(ViewContext& context, const ViewValue& value) {
  show_file_offset(context, value, context.long_bytes());
}

void file_offset64(ViewContext& context, const ViewValue& value) {
  show_file_offset(context, value, 8);
}

// _llseek(2) takes the high half of the offset first; the row of the number table joined them the other way round.
void llseek_offset(ViewContext& context, const ViewValue& value) {
  context.sink.number({.value = value.number << 32 | value.number >> 32, .width = 8, .is_signed = true});
}

void hex_bytes(ViewContext& context, const ViewValue& value) {
  const std::size_t shown = std::min<std::size_t>(value.bytes.size(), value.params[0]);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(value.bytes.data()), shown},
                       .kind = Bytes::Kind::hex,
                       .cut = shown < value.bytes.size(),
                       .length = value.bytes.size()});
}

// The value of an extended attribute: a NUL at its end is not shown (xattr(7) values are often text).
void xattr_value(ViewContext& context, const ViewValue& value) {
  show_attribute(context, {value.number}, value.params[0]);
}

void xattr_read(ViewContext& context, const ViewValue& value) {
  const int64_t length = context.call.outcome.value;
  if (context.failed || value.params[0] == 0 || length < 0) return context.sink.address({value.number});
  show_attribute(context, {value.number}, static_cast<uint64_t>(length));
}

void xattr_args_given(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t known_bytes = 16;
  constexpr uint64_t page = 4096;
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    memo.assign(value.bytes.begin(), value.bytes.end());
    return;
  }
  if (memo.size() < known_bytes || value.params[0] < known_bytes) return context.sink.address(value.address);
  context.sink.begin(Shape::structure);
  context.show_members(spec::ids::type_xattr_members, memo, {}, Part::all);
  context.show_tail(value.address, known_bytes, std::min(value.params[0], page));
  context.sink.end();
}

void absent(ViewContext& context, const ViewValue&) {
  context.sink.number({.value = 0, .width = 4});
}

}  // namespace ktrace::decode::views
