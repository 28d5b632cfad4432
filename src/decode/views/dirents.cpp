// Directory entries as getdents(2) fills them in: self-sized records, one after the other. Their number is shown, the
// entries themselves under -v. The type of an entry lies in its last byte in the old form, before the name in the new
// one.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "decode/scalar.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t most_bytes = 1u << 20;  // more is no directory's answer

struct Form {
  unsigned number_width;  // of d_ino and d_off
  unsigned name;          // where the name begins
  bool type_first;
};

void show_type(ViewContext& context, uint8_t type) {
  context.sink.field("d_type");
  context.show_set(spec::ids::set_dirent_type, type, 1);
}

void show_name(ViewContext& context, std::span<const uint8_t> bytes) {
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  const auto length = static_cast<std::size_t>(end - bytes.begin());
  context.sink.field("d_name");
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), length}, .kind = Bytes::Kind::path});
}

void show_entry(ViewContext& context, std::span<const uint8_t> entry, const Form& form) {
  ValueSink& sink = context.sink;
  const auto width = static_cast<uint8_t>(form.number_width);
  sink.begin(Shape::structure);
  sink.field("d_ino");
  sink.number({.value = load(entry.data(), width), .width = width});
  sink.field("d_off");
  const uint64_t offset = load(entry.data() + width, width);
  sink.number(
      {.value = form.type_first ? sign_extend(offset, width) : offset, .width = width, .is_signed = form.type_first});
  sink.field("d_reclen");
  sink.number({.value = load(entry.data() + 2 * width, 2), .width = 2});
  if (form.type_first) show_type(context, entry[form.name - 1]);
  show_name(context, entry.subspan(form.name, entry.size() - form.name - (form.type_first ? 0 : 1)));
  if (!form.type_first) show_type(context, entry.back());
  sink.end();
}

void show_entries(ViewContext& context, const ViewValue& value, const Form& form) {
  const uint64_t length = value.params[0];
  std::vector<uint8_t>& bytes = context.call.decoding.bytes;
  bytes.resize(std::min(length, most_bytes));
  if (length > most_bytes || !context.memory.read_all(value.address, bytes)) return context.sink.address(value.address);
  if (!context.options.abbreviate) context.sink.begin(Shape::array);
  unsigned count = 0;
  std::span<const uint8_t> rest = bytes;
  while (rest.size() > form.name) {
    const std::size_t size = load(rest.data() + 2 * form.number_width, 2);
    if (size <= form.name || size > rest.size()) break;
    if (!context.options.abbreviate) show_entry(context, rest.first(size), form);
    rest = rest.subspan(size);
    ++count;
  }
  if (!context.options.abbreviate) return context.sink.end();
  context.sink.address(value.address);
  char note[32];
  const auto end = fmt::format_to_n(note, sizeof note, "{} entries", count);
  context.sink.comment({note, end.size});
}

}  // namespace

void dirents(ViewContext& context, const ViewValue& value) {
  const unsigned width = context.long_bytes();
  show_entries(context, value, {width, 2 * width + 2, false});
}

void dirents64(ViewContext& context, const ViewValue& value) {
  show_entries(context, value, {8, 19, true});
}

}  // namespace ktrace::decode::views
