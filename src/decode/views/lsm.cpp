// The attributes that security modules keep of a process: struct lsm_ctx (linux/lsm.h), self-sized, one behind the
// other; with LSM_FLAG_SINGLE the program says in the first which module it asks.
#include <algorithm>
#include <cstring>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t header_bytes = 32;
constexpr uint64_t flag_single = 1;  // LSM_FLAG_SINGLE
constexpr uint64_t most_ids = 65536;

// Unlike in lists, an unknown module is but a number.
void show_id(ViewContext& context, uint64_t id) {
  const std::string_view name = find_name(spec::sets[spec::ids::set_lsm_id], id, context.abi);
  name.empty() ? show_hex(context.sink, id) : show_name(context.sink, id, 8, Base::hex, name);
}

// One of them, of which `room` bytes are there. Returns its length; nothing if it cannot be read.
std::optional<uint64_t> show_context(ViewContext& context, Address from, uint64_t room) {
  std::array<uint8_t, header_bytes> bytes;
  if (room < header_bytes || !context.memory.read_all(from, bytes)) return std::nullopt;
  const auto word = [&bytes](std::size_t k) { return load(&bytes[8 * k], 8); };
  ValueSink& sink = context.sink;
  sink.begin(Shape::structure);
  sink.field("id");
  show_id(context, word(0));
  sink.field("flags");
  show_hex(sink, word(1));
  sink.field("len");
  show_unsigned(sink, word(2));
  sink.field("ctx_len");
  show_unsigned(sink, word(3));
  const uint64_t claimed = word(2) > header_bytes ? word(2) - header_bytes : 0;
  const uint64_t length = std::min({word(3), claimed, room - header_bytes});
  if (length != 0) {
    sink.field("ctx");
    context.show_bytes(from + header_bytes, length, Bytes::Kind::hex);
  }
  sink.end();
  return word(2);
}

void show_contexts(ViewContext& context, Address from, uint64_t room) {
  std::array<uint8_t, header_bytes> probe;
  if (room < header_bytes || !context.memory.read_all(from, probe)) return context.sink.address(from);
  context.sink.begin(Shape::array);
  while (room != 0) {
    const std::optional<uint64_t> length = show_context(context, from, room);
    if (!length) {
      context.sink.unreadable(from);
      break;
    }
    if (*length < header_bytes || *length > room) break;
    from = from + *length;
    room -= *length;
  }
  context.sink.end();
}

}  // namespace

void lsm_contexts(ViewContext& context, const ViewValue& value) {
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    memo.clear();
    if (value.bytes.size() == header_bytes) memo.assign(value.bytes.begin(), value.bytes.end());
    return;
  }
  const std::optional<uint64_t> size = read_integer(context, context.argument(2), 4);
  if (!size) return context.sink.address(value.address);
  if ((value.params[0] & flag_single) != 0) {
    if (memo.size() < header_bytes) return context.sink.address(value.address);
    context.sink.begin(Shape::structure);
    context.sink.field("id");
    show_id(context, load(memo.data(), 8));
    context.sink.end();
    context.sink.changed();
  }
  if (context.failed) return context.sink.address(value.address);
  show_contexts(context, value.address, *size);
}

// How much room there is, and how much of it was used or would do, whether the call failed or not. With LSM_FLAG_SINGLE
// and nothing to say which module is meant all is known at entry. Remembered behind what lsm_contexts() remembers.
void lsm_size(ViewContext& context, const ViewValue& value) {
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    if (value.bytes.size() == 4) memo.insert(memo.end(), value.bytes.begin(), value.bytes.end());
    return;
  }
  const bool has_context = memo.size() >= header_bytes;
  if (memo.size() % header_bytes != 4) return context.sink.address(value.address);
  const auto show = [&](uint64_t size) { context.sink.number({.value = size, .width = 4}); };
  const uint64_t old = load(memo.data() + (memo.size() - 4), 4);
  context.sink.begin(Shape::array);
  show(old);
  const bool may_change = (value.params[0] & flag_single) == 0 || has_context;
  if (may_change && value.bytes.size() == 4 && load(value.bytes.data(), 4) != old) {
    context.sink.changed();
    show(load(value.bytes.data(), 4));
  }
  context.sink.end();
}

void lsm_context(ViewContext& context, const ViewValue& value) {
  if (only_address(context, value.number) || !show_context(context, {value.number}, value.params[0])) {
    context.sink.address({value.number});
  }
}

void lsm_ids(ViewContext& context, const ViewValue& value) {
  const bool no_size = !read_integer(context, context.argument(1), 4);
  if (only_address(context, value.number) || no_size || value.params[0] > most_ids) {
    return context.sink.address({value.number});
  }
  show_integers(context, value.number, value.params[0], 8,
                [&](uint64_t id) { context.show_set(spec::ids::set_lsm_id, id, 8); });
}

}  // namespace ktrace::decode::views
