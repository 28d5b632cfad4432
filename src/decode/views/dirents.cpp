// Directory entries as getdents(2) fills them in: self-sized records, one after the other. Their number is shown, the
// entries themselves under -v, as far as they can be read. The type of an entry lies in its last byte in the old form,
// before the name in the new one.
#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "decode/fetch.h"
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
  if (bytes.empty()) return;
  const auto end = std::find(bytes.begin(), bytes.end(), uint8_t{0});
  const bool ended = end != bytes.end();
  const auto length = static_cast<std::size_t>(end - bytes.begin()) - (ended ? 0u : 1u);
  context.sink.field("d_name");
  context.sink.string(
      {.bytes = {reinterpret_cast<const char*>(bytes.data()), length}, .kind = Bytes::Kind::path, .cut = !ended});
}

// An entry that claims to be shorter than its own head, or longer than what was returned. No kernel makes one.
struct Fault {
  uint64_t bytes = 0;
  std::string_view what;
};

Fault fault_of(uint64_t size, uint64_t left, const Form& form) {
  if (size < form.name) return {form.name - size, "underflow"};
  if (size > left) return {size - left, "overflow"};
  return {};
}

void show_fault(ViewContext& context, const Fault& fault, std::string_view prefix) {
  if (fault.bytes == 0) return;
  char note[48];
  const auto end = fmt::format_to_n(note, sizeof note, "{}{} bytes {}", prefix, fault.bytes, fault.what);
  context.sink.comment({note, end.size});
}

// `entry`: what there is of it, the head at least.
void show_entry(ViewContext& context, std::span<const uint8_t> entry, const Form& form, const Fault& fault) {
  ValueSink& sink = context.sink;
  const auto width = static_cast<uint8_t>(form.number_width);
  sink.begin(Shape::structure);
  sink.field("d_ino");
  sink.number({.value = load(entry.data(), width), .width = width});
  sink.field("d_off");
  sink.number({.value = load(entry.data() + width, width), .width = width});
  sink.field("d_reclen");
  sink.number({.value = load(entry.data() + 2 * width, 2), .width = 2});
  show_fault(context, fault, "");
  if (form.type_first) show_type(context, entry[form.name - 1]);
  if (fault.what != "underflow") {
    const bool type_last = !form.type_first && entry.size() > form.name;
    show_name(context, entry.subspan(form.name, entry.size() - form.name - (type_last ? 1 : 0)));
    if (type_last) show_type(context, entry.back());
  }
  sink.end();
}

// Characters up to a NUL, that is at `length` at the latest; if it is not, `...` follows.
void show_path(ViewContext& context, Address from, uint64_t length) {
  std::vector<uint8_t>& buffer = context.call.decoding.bytes;
  buffer.resize(length + 2);
  auto found = read_text(context.memory, from, length, buffer);
  if (!found) return context.sink.address(from);
  found->kind = Bytes::Kind::path;
  context.sink.string(*found);
}

struct Outcome {
  unsigned entries = 0;
  bool more = false;  // something there was not counted
  Fault fault;
};

// Counts the entries, and shows them as elements of a list under -v.
Outcome walk(ViewContext& context, Address from, std::span<const uint8_t> bytes, uint64_t length, const Form& form) {
  Outcome result;
  uint64_t at = 0;
  while (at < length) {
    const uint64_t left = length - at;
    if (at + form.name > bytes.size()) {  // unreadable, or too short for a head
      result.more = true;
      if (context.options.abbreviate) return result;
      if (left >= form.name)
        context.sink.unreadable(from + at);
      else
        context.show_bytes(from + at, left, Bytes::Kind::hex);
      return result;
    }
    const uint64_t size = load(bytes.data() + at + uint64_t{2} * form.number_width, 2);
    result.fault = fault_of(size, left, form);
    ++result.entries;
    const uint64_t shown = std::min<uint64_t>({std::max<uint64_t>(size, form.name), left, bytes.size() - at});
    if (!context.options.abbreviate) show_entry(context, bytes.subspan(at, shown), form, result.fault);
    result.more = size < form.name;
    if (result.fault.bytes != 0) return result;
    at += size;
  }
  return result;
}

void show_entries(ViewContext& context, const ViewValue& value, const Form& form) {
  const Address from{value.number};
  const uint64_t length = value.params[0];
  if (context.failed || !context.options.dereference || length > value.params[1]) return context.sink.address(from);
  std::vector<uint8_t>& bytes = context.call.decoding.bytes;
  bytes.resize(std::min(length, most_bytes));
  bytes.resize(bytes.empty() ? 0 : context.memory.read(from, bytes));
  if (context.options.abbreviate) {
    context.sink.address(from);
    const Outcome found = walk(context, from, bytes, length, form);
    show_fault(context, found.fault, "d_reclen ");
    char note[32];
    const auto end = fmt::format_to_n(note, sizeof note, "{}{} entries", found.entries, found.more ? "+" : "");
    return context.sink.comment({note, end.size});
  }
  if (length != 0 && bytes.size() < std::min<uint64_t>(length, form.name)) return context.sink.address(from);
  if (length != 0 && length < form.name) return context.show_bytes(from, length, Bytes::Kind::hex);
  context.sink.begin(Shape::array);
  walk(context, from, bytes, length, form);
  context.sink.end();
}

}  // namespace

void dirents(ViewContext& context, const ViewValue& value) {
  const unsigned width = context.long_bytes();
  show_entries(context, value, {width, 2 * width + 2, false});
}

// readdir(2): one entry, whose length is that of the name.
void old_dirent(ViewContext& context, const ViewValue& value) {
  const unsigned width = context.long_bytes();
  constexpr uint64_t longest_name = 256;
  uint8_t head[18];
  const unsigned size = 2 * width + 2;
  if (!context.memory.read_all(value.address, {head, size})) return context.sink.address(value.address);
  const uint64_t length = load(head + 2 * width, 2);
  context.sink.begin(Shape::structure);
  context.sink.field("d_ino");
  context.sink.number({.value = load(head, width), .width = static_cast<uint8_t>(width)});
  context.sink.field("d_off");
  context.sink.number({.value = load(head + width, width), .width = static_cast<uint8_t>(width)});
  context.sink.field("d_reclen");
  context.sink.number({.value = length, .width = 2});
  context.sink.field("d_name");
  show_path(context, value.address + size, std::min(length, longest_name));
  context.sink.end();
}

void path_within(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  if (context.failed || !from) return context.sink.address(from);
  if (value.params[0] == ~uint64_t{0}) return context.sink.string({.kind = Bytes::Kind::path, .cut = true});  // 0 bytes
  show_path(context, from, std::min<uint64_t>(value.params[0], path_max - 1));
}

void other_path(ViewContext& context, const ViewValue& value) {
  context.show_text({value.number}, Bytes::Kind::path);
}

void dirents64(ViewContext& context, const ViewValue& value) {
  show_entries(context, value, {8, 19, true});
}

}  // namespace ktrace::decode::views
