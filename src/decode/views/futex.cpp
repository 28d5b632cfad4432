// The words of futex(2): operations with FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME, the packed operation of
// FUTEX_WAKE_OP, bit sets.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t private_flag = 128;
constexpr uint64_t clock_realtime = 256;
constexpr uint64_t futex_fd = 2;

using Text = fmt::basic_memory_buffer<char, 160>;

std::string_view name_of(uint32_t set, uint64_t value, Abi abi) {
  return find_name(spec::sets[set], value, abi);
}

// Only operations that wait on a bit set or without a PI lock take FUTEX_CLOCK_REALTIME.
bool takes_clock(uint64_t operation) {
  constexpr uint64_t wait = 0;
  constexpr uint64_t wait_bitset = 9;
  constexpr uint64_t wait_requeue_pi = 11;
  return operation == wait || operation == wait_bitset || operation == wait_requeue_pi;
}

void append_hex(Text& text, uint64_t value) {
  if (value == 0) return text.push_back('0');
  fmt::format_to(std::back_inserter(text), "{:#x}", value);
}

// How -X shows names.
enum class Names : uint8_t { abbrev, raw, verbose };

// NAME<<28, or the number with a comment that says what it is not; so it is under -X raw for all.
void append_part(Text& text, std::string_view name, uint64_t value, unsigned shift, std::string_view unknown,
                 Names names) {
  const auto out = std::back_inserter(text);
  const bool named = !name.empty() && names != Names::raw;
  if (!named || names == Names::verbose) append_hex(text, value);
  if (!named) {
    fmt::format_to(out, "<<{} /* {} */", shift, unknown);
  } else if (names == Names::verbose) {
    fmt::format_to(out, " /* {} */<<{}", name, shift);
  } else {
    fmt::format_to(out, "{}<<{}", name, shift);
  }
}

Text wake_op(uint64_t word, Abi abi, Names names) {
  constexpr std::string_view shifted[] = {"FUTEX_OP_OPARG_SHIFT<<28|", "0x8<<28|",
                                          "0x8 /* FUTEX_OP_OPARG_SHIFT */<<28|"};
  Text text;
  if ((word >> 31 & 1) != 0) text.append(shifted[static_cast<std::size_t>(names)]);
  const uint64_t operation = word >> 28 & 7;
  append_part(text, name_of(spec::ids::set_futex_wake_ops, operation, abi), operation, 28, "FUTEX_OP_???", names);
  text.push_back('|');
  append_hex(text, word >> 12 & 0xfff);
  text.append(std::string_view("<<12|"));
  const uint64_t comparison = word >> 24 & 0xf;
  append_part(text, name_of(spec::ids::set_futex_wake_cmps, comparison, abi), comparison, 24, "FUTEX_OP_CMP_???",
              names);
  text.push_back('|');
  append_hex(text, word & 0xfff);
  return text;
}

std::string_view view(const Text& text) {
  return {text.data(), text.size()};
}

void show_bits(ViewContext& context, uint64_t value, unsigned width, uint64_t all) {
  if (value == all) return show_name(context.sink, value, width, Base::hex, "FUTEX_BITSET_MATCH_ANY");
  show_hex(context.sink, value, width);
}

}  // namespace

void futex_op(ViewContext& context, const ViewValue& value) {
  const bool clock =
      (value.number & clock_realtime) != 0 && takes_clock(value.number & ~(clock_realtime | private_flag));
  const bool old_fd = value.number == (futex_fd | private_flag);
  const uint64_t operation = old_fd ? futex_fd : clock ? value.number & ~clock_realtime : value.number;
  std::array<std::string_view, 2> names = {name_of(spec::ids::set_futex_ops, operation, context.abi)};
  std::size_t count = names[0].empty() ? 0 : 1;
  if (count == 1 && old_fd) names[count++] = "FUTEX_PRIVATE_FLAG";
  if (count == 1 && clock) names[count++] = "FUTEX_CLOCK_REALTIME";
  context.sink.symbols({.value = value.number,
                        .width = 4,
                        .is_flags = count > 1,
                        .base = Base::hex,
                        .names = std::span(names).first(count),
                        .rest = count == 0 ? value.number : 0,
                        .unknown = "FUTEX_???"});
}

void futex_wake_op(ViewContext& context, const ViewValue& value) {
  const Text text = wake_op(value.number, context.abi, Names::abbrev);
  const Text raw = wake_op(value.number, context.abi, Names::raw);
  const Text verbose = wake_op(value.number, context.abi, Names::verbose);
  context.sink.expression(
      {.raw = value.number, .text = view(text), .fixed = true, .raw_text = view(raw), .verbose = view(verbose)});
}

// The kernel takes no more than 128.
void futex_waiters(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t most = 128;
  constexpr std::size_t waiter_bytes = 24;
  if (only_address(context, value.number)) return context.sink.address({value.number});
  const uint64_t count = value.params[0];
  const uint64_t shown =
      std::min<uint64_t>({count, most, context.options.abbreviate ? uint64_t{context.options.string_limit} : most});
  std::array<uint8_t, waiter_bytes> bytes;
  for (uint64_t k = 0; k < count; ++k) {
    const Address from{value.number + k * waiter_bytes};
    const bool readable = context.memory.read_all(from, bytes);
    if (k == 0 && !readable) return context.sink.address(from);
    if (k == 0) context.sink.begin(Shape::array);
    if (!readable || k == shown) {
      readable ? context.sink.elided() : context.sink.unreadable(from);
      break;
    }
    context.show_record(spec::ids::record_futex_waiter, bytes);
  }
  if (count == 0) context.sink.begin(Shape::array);
  context.sink.end();
}

void futex_bitset(ViewContext& context, const ViewValue& value) {
  show_bits(context, value.number, 4, UINT32_MAX);
}

// strace compares the register with the 32-bit constant, so the all-ones of a 64-bit program have no name.
void futex_mask(ViewContext& context, const ViewValue& value) {
  show_bits(context, value.number, context.long_bytes(), UINT32_MAX);
}

}  // namespace ktrace::decode::views
