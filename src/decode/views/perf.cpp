// struct perf_event_attr (perf_event_open(2)). Its second member is its size; 0 means that of the first version. To a
// size that is not good the kernel answers with one that is, so all is shown after the call, as it was before. Without
// -v strace reads and shows no more than what all versions have.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr std::size_t size_offset = 4;
constexpr std::size_t head_size = 8;
constexpr std::size_t first_version = 64;
constexpr std::size_t short_form = 48;  // up to the bits
constexpr std::size_t known_size = 144;

void show_part(ViewContext& context, uint32_t index, uint64_t value, uint8_t shift) {
  const spec::Set& set = spec::sets[index];
  const std::string_view name = find_name(set, value, context.abi);
  context.sink.symbols({.value = value,
                        .names = {&name, name.empty() ? 0u : 1u},
                        .rest = name.empty() ? value : 0,
                        .unknown = text(set.unknown),
                        .shift = shift});
}

void show_high(ViewContext& context, uint64_t value, uint8_t shift) {
  if (value == 0) return;
  context.sink.symbols({.value = value, .rest = value, .shift = shift});
  context.sink.joined();
}

// As much of it as shows; nothing if only the address does.
bool read_attr(ViewContext& context, Address from, std::span<uint8_t, known_size> bytes) {
  if (!context.memory.read_all(from, bytes.first(head_size))) return false;
  uint64_t size = load(bytes.data() + size_offset, 4);
  if (size == 0) size = first_version;
  if (size < first_version) return false;
  const bool all = !context.options.abbreviate;
  const std::size_t wanted = std::min<std::size_t>(size, all ? known_size : short_form);
  return context.memory.read_all(from, bytes.first(wanted));
}

void show_attr(ViewContext& context, std::span<const uint8_t> bytes) {
  const uint64_t claimed = load(bytes.data() + size_offset, 4);
  const uint64_t size = claimed == 0 ? first_version : claimed;
  const bool all = !context.options.abbreviate;
  const std::array<uint64_t, 3> params{0, size, all};
  context.sink.begin(Shape::structure);
  context.show_members(ids::type_perf_attributes, bytes, params, Part::all);
  if (all && size > known_size) context.sink.elided();
  context.sink.end();
}

}  // namespace

// At entry only remembered, if there is anything to be shown but the address.
void perf_attr(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) {
    std::array<uint8_t, known_size> bytes{};
    if (!read_attr(context, value.address, bytes)) return context.sink.address(value.address);
    context.call.decoding.bytes.assign(bytes.begin(), bytes.end());
    context.left_open = true;
    return;
  }
  const std::span<const uint8_t> bytes = context.call.decoding.bytes;
  if (bytes.size() != known_size) return context.sink.address(value.address);
  context.sink.argument("attr");
  show_attr(context, bytes);
}

void perf_attr_given(ViewContext& context, const ViewValue& value) {
  std::array<uint8_t, known_size> bytes{};
  const bool known = !only_address(context, value.number) && read_attr(context, {value.number}, bytes);
  known ? show_attr(context, bytes) : context.sink.address({value.number});
}

// How many programs there is room for; after the call how many there are, and their numbers.
void perf_programs(ViewContext& context, const ViewValue& value) {
  constexpr unsigned width = 4;
  const bool after = context.phase == Phase::exit;
  const auto count = only_address(context, value.number)
                         ? std::nullopt
                         : read_integer(context, value.number + (after ? width : 0), width);
  if (!after) {
    if (!count) return context.sink.address({value.number});
    context.sink.begin(Shape::structure);
    context.sink.field("ids_len");
    show_unsigned(context.sink, *count);
    context.left_open = true;
    return;
  }
  if (!count) {
    context.sink.elided();
    return context.sink.end();
  }
  context.sink.field("prog_cnt");
  show_unsigned(context.sink, *count);
  context.sink.field("ids");
  show_integers(context, value.number + 2 * width, *count, width,
                [&](uint64_t id) { show_unsigned(context.sink, id); });
  context.sink.end();
}

void perf_size(ViewContext& context, const ViewValue& value) {
  context.show_set(ids::set_perf_attr_size, value.number, 4);
  if (context.call.outcome.value != -E2BIG || !context.failed) return;
  const std::optional<uint64_t> wanted = read_integer(context, context.argument(0) + size_offset, 4);
  if (!wanted) return;
  context.sink.changed();
  context.show_set(ids::set_perf_attr_size, *wanted, 4);
}

void perf_hardware_config(ViewContext& context, const ViewValue& value) {
  show_high(context, value.number >> 32, 32);
  show_part(context, ids::set_perf_hardware, value.number & 0xffffffff, 0);
}

void perf_cache(ViewContext& context, const ViewValue& value) {
  const uint64_t config = value.number;
  show_high(context, config >> 32, 32);
  show_high(context, config >> 24 & 0xff, 24);
  show_part(context, ids::set_perf_cache_result, config >> 16 & 0xff, 16);
  context.sink.joined();
  show_part(context, ids::set_perf_cache_op, config >> 8 & 0xff, 8);
  context.sink.joined();
  show_part(context, ids::set_perf_cache_id, config & 0xff, 0);
}

// HW_BREAKPOINT_INVALID stands for each combination of bits that means nothing.
void perf_breakpoint(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t invalid = 7;
  const spec::Set& set = spec::sets[ids::set_perf_breakpoints];
  const std::string_view name = find_name(set, value.number, context.abi);
  const bool known = !name.empty();
  context.sink.symbols({.value = value.number,
                        .width = 4,
                        .names = {&name, known ? 1u : 0u},
                        .rest = known ? 0 : value.number,
                        .unknown = value.number <= invalid ? "HW_BREAKPOINT_INVALID" : text(set.unknown)});
}

void perf_precise(ViewContext& context, const ViewValue& value) {
  constexpr std::array<std::string_view, 4> meanings{"arbitrary skid", "constant skid", "requested to have 0 skid",
                                                     "must have 0 skid"};
  show_unsigned(context.sink, value.number);
  context.sink.comment(meanings[value.number & 3]);
}

void perf_reserved(ViewContext& context, const ViewValue& value) {
  show_hex(context.sink, value.number);
  context.sink.comment(value.params[0] == 1 ? "Bits 63..38" : "Bits 931..959");
}

void perf_max_stack(ViewContext& context, const ViewValue& value) {
  show_unsigned(context.sink, value.number);
  if (value.params[0] == 0) return;
  char note[32];
  const auto end = fmt::format_to_n(note, sizeof note, "bytes 110..111: {:#x}", value.params[0]);
  context.sink.comment({note, std::min(end.size, sizeof note)});
}

}  // namespace ktrace::decode::views
