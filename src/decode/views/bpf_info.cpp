// BPF_OBJ_GET_INFO_BY_FD (bpf(2)): descriptions of maps and programs. The kernel takes lengths from the description and
// puts others there. strace looks at it only under -v.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "decode/scalar.h"
#include "decode/views/bpf_parts.h"
#include "decode/views/calendar.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void bpf_insns(ViewContext& context, const ViewValue& value);

namespace {

namespace ids = spec::ids;

constexpr std::size_t most_bytes = 4096;
constexpr std::size_t map_size = 100;
constexpr std::size_t program_size = 228;
constexpr std::size_t memo_head = 4;  // the length of it all
constexpr unsigned instruction_size = 8;

enum class Object : uint8_t { other, map, program };

Object object_of(ViewContext& context, uint64_t fd) {
  const std::string_view path = context.descriptors.path(static_cast<int>(fd));
  if (path == "anon_inode:bpf-map") return Object::map;
  return path == "anon_inode:bpf-prog" ? Object::program : Object::other;
}

std::optional<uint64_t> old_length(const ViewContext& context, uint64_t offset) {
  const auto& memo = context.call.decoding.bytes;
  if (memo.size() < memo_head + offset + 4) return std::nullopt;
  return load(memo.data() + memo_head + offset, 4);
}

// As much as there was room for, and no more than there is.
uint64_t usable(const ViewContext& context, const ViewValue& value) {
  const uint64_t now = value.params[1];
  return std::min(old_length(context, value.params[0]).value_or(now), now);
}

int64_t nanoseconds(clockid_t clock) {
  constexpr int64_t second = 1'000'000'000;
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * second + now.tv_nsec;
}

}  // namespace

void remember_bpf_info(ViewContext& context, std::span<const uint8_t> attribute) {
  constexpr std::size_t length_offset = 4;
  constexpr std::size_t pointer_offset = 8;
  if (context.options.abbreviate) return;
  std::array<uint8_t, program_size> bytes{};
  const uint64_t length = std::min<uint64_t>(load(attribute.data() + length_offset, 4), bytes.size());
  const Address from{load(attribute.data() + pointer_offset, 8)};
  if (!from || !context.memory.read_all(from, std::span(bytes).first(length))) return;
  auto& memo = context.call.decoding.bytes;
  memo.insert(memo.end(), bytes.begin(), bytes.end());
}

void bpf_object_info(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  const uint64_t length = value.params[1];
  if (context.options.abbreviate || !from || length == 0 || length > most_bytes) return context.sink.address(from);
  const Object object = object_of(context, value.params[0]);
  std::array<uint8_t, most_bytes> bytes{};
  if (object == Object::other || !context.memory.read_all(from, std::span(bytes).first(length))) {
    return context.sink.address(from);
  }
  const bool program = object == Object::program;
  const std::array<uint64_t, 2> params{program, length};
  const std::size_t known = program ? program_size : map_size;
  context.sink.begin(Shape::structure);
  context.show_members(ids::type_bpf_info_type, bytes, params, Part::all);
  show_bpf_extra(context, std::span(bytes).first(length), known);
  context.sink.end();
}

void bpf_changed(ViewContext& context, const ViewValue& value) {
  const uint64_t old = old_length(context, value.params[0]).value_or(value.number);
  show_unsigned(context.sink, old);
  if (old == value.number) return;
  context.sink.changed();
  show_unsigned(context.sink, value.number);
}

void bpf_tag(ViewContext& context, const ViewValue& value) {
  context.sink.string(
      {.bytes = {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()}, .kind = Bytes::Kind::hex});
}

void bpf_jited(ViewContext& context, const ViewValue& value) {
  context.show_bytes({value.number}, usable(context, value), Bytes::Kind::hex);
}

void bpf_xlated(ViewContext& context, const ViewValue& value) {
  const uint64_t count = usable(context, value) / instruction_size;
  const bool unseen = value.number == 0 || (context.failed && count != 0);
  if (unseen) return context.sink.address({value.number});
  ViewValue program = value;
  program.address = {value.number};
  program.params = {&count, 1};
  bpf_insns(context, program);
}

void bpf_map_ids(ViewContext& context, const ViewValue& value) {
  const uint64_t count = usable(context, value);
  const bool unseen = value.number == 0 || (context.failed && count != 0);
  if (unseen) return context.sink.address({value.number});
  show_integers(context, value.number, count, 4, [&](uint64_t id) { show_unsigned(context.sink, id); });
}

void bpf_load_time(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t second = 1'000'000'000;
  const auto started = static_cast<uint64_t>(nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_BOOTTIME));
  const uint64_t whole = value.number / second + started / second;
  const uint64_t carry = (value.number % second + started % second) / second;
  const Calendar moment(static_cast<int64_t>(whole + carry), 0, 9);
  context.sink.expression(
      Expression{.raw = value.number, .base = Base::decimal, .text = moment.text(), .beside = true});
}

void bpf_count_or_none(ViewContext& context, const ViewValue& value) {
  if (value.number != ~uint64_t{0}) return show_unsigned(context.sink, value.number);
  show_name(context.sink, value.number, 8, Base::decimal, "UINT64_MAX");
}

}  // namespace ktrace::decode::views
