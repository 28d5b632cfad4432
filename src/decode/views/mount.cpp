// The flags of mount(2). Texts in what statmount(2) writes: a member says where among the bytes behind the structure
// its text begins.
#include <algorithm>
#include <array>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr unsigned buffer_argument = 1;
constexpr unsigned size_argument = 2;
constexpr uint64_t texts_begin = 512;  // offsetof(struct statmount, str)
constexpr uint64_t most_texts = 4096;  // a mount has fewer options

// Where the text is, nowhere if it would lie outside of what was written.
Address text_at(const ViewContext& context, uint64_t offset, uint64_t size) {
  const bool whole = size <= context.argument(size_argument);
  if (!whole || offset == 0 || size < texts_begin || offset >= size - texts_begin) return {};
  return {context.argument(buffer_argument) + texts_begin + offset};
}

}  // namespace

void mount_word(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t magic = 0xc0ed0000;
  constexpr uint64_t magic_mask = 0xffff0000;
  const bool has_magic = (value.number & magic_mask) == magic;
  const uint64_t flags = has_magic ? value.number & 0xffff : value.number;
  if (has_magic) context.show_set(spec::ids::set_mount_magic, magic, 4);
  if (has_magic && flags == 0) return;
  if (has_magic) context.sink.joined();
  context.show_set(spec::ids::set_mount_flags, flags, context.long_bytes());
}

void statmount_buffer(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t shortest = 4;
  std::array<uint8_t, texts_begin> bytes{};
  const uint64_t room = std::min<uint64_t>(value.params[0], bytes.size());
  if (room < shortest || !context.memory.read_all(value.address, std::span(bytes).first(room))) {
    return context.sink.address(value.address);
  }
  context.show_record(spec::ids::record_statmount, bytes);
}

void statmount_text(ViewContext& context, const ViewValue& value) {
  const Address from = text_at(context, value.number, value.params[0]);
  if (!from || !read_integer(context, from.value, 1)) return show_hex(context.sink, value.number, 4);
  context.show_text(from, Bytes::Kind::path);
}

// As many texts as the member before says, one behind the other.
void statmount_texts(ViewContext& context, const ViewValue& value) {
  Address from = text_at(context, value.number, value.params[0]);
  const uint64_t end = context.argument(buffer_argument) + value.params[0];
  if (!from || !read_integer(context, from.value, 1)) return show_hex(context.sink, value.number, 4);
  context.sink.begin(Shape::array);
  for (uint64_t k = 0; k < std::min(value.params[1], most_texts) && from.value < end; ++k) {
    context.show_text(from, Bytes::Kind::path);
    while (from.value < end && read_integer(context, from.value, 1).value_or(0) != 0) ++from.value;
    ++from.value;
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
