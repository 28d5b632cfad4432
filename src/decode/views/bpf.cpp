// bpf(2): the attributes of its commands, and programs of eBPF. A program may be built for an older or a newer kernel,
// so the attributes have any length up to a page. What is missing is zero; what nobody knows shows under -v if it is
// not.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/views/bpf_parts.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr std::size_t longest_attribute = 4096;
constexpr std::size_t known_attribute = 256;  // no structure that is described is longer
constexpr uint64_t info_command = 15;
constexpr uint64_t link_create = 28;
constexpr unsigned link_type_offset = 8;
constexpr unsigned link_flags_offset = 12;
constexpr uint64_t positioned = 0x18;         // BPF_F_BEFORE|BPF_F_AFTER
constexpr uint64_t most_instructions = 4096;  // BPF_MAXINSNS
constexpr std::size_t instruction_size = 8;

void show_parts(ViewContext& context, uint64_t code, std::span<const std::array<uint64_t, 2>> parts) {
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const auto [set, mask] = parts[k];
    if (k != 0) context.sink.joined();
    context.show_set(static_cast<uint32_t>(set), code & mask, 1);
  }
}

void end_with(ViewContext& context, std::span<const uint8_t> bytes, uint64_t known) {
  show_bpf_extra(context, bytes, known);
  context.sink.end();
}

// A length that the kernel may change: the new one is shown at exit ...
enum class Length : uint8_t {
  none,
  in_place,  // behind the old one, with which the entry part ended
  array,     // by bpf_count
  batch,     // behind everything
};

struct Attribute {
  std::array<uint8_t, known_attribute> padded{};
  std::array<uint64_t, 3> params{};
  uint32_t type = 0;
  ViewContext::Structure shape{};
  Length length = Length::none;
  unsigned length_offset = 0;
  bool opens = false;  // a part of it is shown at exit
};

void place_length(Attribute& attribute, uint64_t cmd) {
  constexpr uint64_t query = 16;
  constexpr uint64_t task_fd_query = 20;
  constexpr uint64_t first_batch = 24;
  constexpr uint64_t last_batch = 27;
  const auto set = [&](Length kind, unsigned offset) {
    attribute.length = kind;
    attribute.length_offset = offset;
  };
  if (cmd == info_command) set(Length::in_place, 4);
  if (cmd == task_fd_query) set(Length::in_place, 12);
  if (cmd == query) set(Length::array, 24);
  if (cmd >= first_batch && cmd <= last_batch) set(Length::batch, 32);
}

std::optional<uint32_t> remembered(const ViewContext& context) {
  const auto& bytes = context.call.decoding.bytes;
  if (bytes.size() < 4) return std::nullopt;
  return static_cast<uint32_t>(load(bytes.data(), 4));
}

std::optional<Attribute> attribute_of(ViewContext& context, const ViewValue& value) {
  const uint64_t cmd = value.params[0];
  const uint64_t size = value.params[1];
  if (size == 0 || size > longest_attribute || value.bytes.size() < size) return std::nullopt;
  Attribute found;
  auto& padded = found.padded;
  std::copy_n(value.bytes.begin(), std::min<std::size_t>(size, padded.size()), padded.begin());
  found.type = ids::type_bpf_attribute;
  found.params = {cmd, size, remembered(context).value_or(0) != 0};
  if (cmd == link_create) {
    found.type = ids::type_bpf_link_attribute;
    found.params[0] = load(padded.data() + link_type_offset, 4);
    found.params[2] = (load(padded.data() + link_flags_offset, 4) & positioned) != 0;
  }
  found.shape = context.structure(found.type, found.params);
  if (found.shape.size == 0 || found.shape.size > padded.size()) return std::nullopt;
  place_length(found, cmd);
  found.opens = found.shape.exits || found.length == Length::batch;
  return found;
}

uint64_t length_in(const Attribute& attribute) {
  return load(attribute.padded.data() + attribute.length_offset, 4);
}

void remember_length(ViewContext& context, const Attribute& attribute) {
  const uint8_t* at = attribute.padded.data() + attribute.length_offset;
  auto& memo = context.call.decoding.bytes;
  memo.assign(at, at + 4);
  if (attribute.params[0] == info_command) remember_bpf_info(context, attribute.padded);
}

void show_changed_length(ViewContext& context, const Attribute& attribute) {
  const uint64_t now = length_in(attribute);
  if (remembered(context) == now) return;
  context.sink.changed();
  context.sink.number({.value = now, .width = 4});
}

void show_count(ViewContext& context, const Attribute& attribute) {
  const uint64_t now = length_in(attribute);
  if (remembered(context) == now) return;
  ValueSink& sink = context.sink;
  sink.changed();
  sink.begin(Shape::structure);
  sink.field("batch");
  sink.begin(Shape::structure);
  sink.field("count");
  sink.number({.value = now, .width = 4});
  sink.end();
  sink.end();
}

// The attributes were readable before the call and are not now.
void end_blindly(ViewContext& context) {
  context.sink.elided();
  context.sink.end();
}

}  // namespace

void show_bpf_extra(ViewContext& context, std::span<const uint8_t> bytes, uint64_t known) {
  if (bytes.size() <= known) return;
  const auto extra = bytes.subspan(known);
  if (std::all_of(extra.begin(), extra.end(), [](uint8_t b) { return b == 0; })) return;
  if (context.options.abbreviate) return context.sink.elided();
  context.sink.field("extra_data");
  context.sink.string({.bytes = {reinterpret_cast<const char*>(extra.data()), extra.size()}, .kind = Bytes::Kind::hex});
  char note[64];
  const auto end = fmt::format_to_n(note, sizeof note, "bytes {}..{}", known, bytes.size() - 1);
  context.sink.comment({note, std::min(end.size, sizeof note)});
}

void bpf_attr(ViewContext& context, const ViewValue& value) {
  const bool resumed = context.call.decoding.open_argument;
  const auto found = attribute_of(context, value);
  if (!found) return resumed ? end_blindly(context) : context.sink.address(value.address);
  const auto bytes = std::span(found->padded).first(found->shape.size);
  const auto known = value.bytes.first(value.params[1]);
  if (context.phase == Phase::entry && found->opens) {
    remember_length(context, *found);
    context.sink.begin(Shape::structure);
    context.show_members(found->type, bytes, found->params, Part::entry);
    if (found->length == Length::batch) end_with(context, known, found->shape.size);
    context.left_open = true;
    return;
  }
  if (resumed && found->length == Length::batch) return show_count(context, *found);
  if (resumed && found->length == Length::in_place) show_changed_length(context, *found);
  if (!resumed) context.sink.begin(Shape::structure);
  context.show_members(found->type, bytes, found->params, resumed ? Part::exit : Part::all);
  end_with(context, known, found->shape.size);
}

void bpf_count(ViewContext& context, const ViewValue& value) {
  const std::optional<uint32_t> old = remembered(context);
  const auto show = [&](uint64_t n) { context.sink.number({.value = n, .width = 4}); };
  if (context.phase == Phase::exit && old && *old != value.number) {
    show(*old);
    context.sink.changed();
  }
  show(value.number);
}

void bpf_name(ViewContext& context, const ViewValue& value) {
  const std::size_t room = std::min<std::size_t>(value.params[0], value.bytes.size());
  const auto name = value.bytes.first(room);
  const auto nul = std::find(name.begin(), name.end(), uint8_t{0});
  const bool ended = nul != name.end() || room == 0;
  const auto length = static_cast<std::size_t>(nul - name.begin()) - (ended ? 0u : 1u);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(name.data()), length},
                       .kind = Bytes::Kind::text,
                       .cut = !ended,
                       .length = room});
}

void kernel_version(ViewContext& context, const ViewValue& value) {
  char text[64];
  const auto end = fmt::format_to_n(text, sizeof text, "KERNEL_VERSION({}, {}, {})", value.number >> 16,
                                    value.number >> 8 & 0xff, value.number & 0xff);
  context.sink.expression({.raw = value.number, .text = {text, std::min(end.size, sizeof text)}});
}

void bpf_code(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t class_mask = 0x07;
  constexpr uint64_t jump32 = 6;
  const uint64_t code = value.number;
  const uint64_t kind = code & class_mask;
  using Part = std::array<uint64_t, 2>;
  const Part head{ids::set_bpf_class, class_mask};
  if (kind <= 3) {
    return show_parts(context, code, std::array<Part, 3>{head, {ids::set_bpf_size, 0x18}, {ids::set_bpf_mode, 0xe0}});
  }
  if (kind == jump32) {  // strace shows what else there is as a number
    const std::array<Part, 2> parts{head, {ids::set_bpf_jump32_op, 0xf8}};
    return show_parts(context, code, std::span(parts).first((code & 0xf8) != 0 ? 2 : 1));
  }
  const uint64_t operation = kind == 5 ? ids::set_bpf_jump_op : ids::set_bpf_alu_op;
  show_parts(context, code, std::array<Part, 3>{head, {ids::set_bpf_source, 0x08}, {operation, 0xf0}});
}

void bpf_insns(ViewContext& context, const ViewValue& value) {
  ValueSink& sink = context.sink;
  if (context.options.abbreviate) return sink.address(value.address);
  const uint64_t count = std::min(value.params[0], most_instructions);
  std::array<uint8_t, instruction_size> bytes{};
  for (uint64_t k = 0; k < count; ++k) {
    const Address at = value.address + k * instruction_size;
    const bool readable = context.memory.read_all(at, bytes);
    if (k == 0 && !readable) return sink.address(value.address);
    if (k == 0) sink.begin(Shape::array);
    if (!readable) {
      sink.unreadable(at);
      return sink.end();
    }
    context.show_record(ids::record_bpf_insn, bytes);
  }
  if (count == 0) sink.begin(Shape::array);
  if (count < value.params[0]) sink.elided();
  sink.end();
}

}  // namespace ktrace::decode::views
