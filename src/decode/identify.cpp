// From a number and registers to a description: rows, the sub-calls of socketcall(2) and ipc(2), arguments that take
// two registers of a 32-bit ABI, and the variants of fcntl and its like.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <span>

#include "decode/decoder.h"
#include "decode/eval.h"
#include "decode/fetch.h"
#include "decode/null_sink.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/variant.h"

namespace ktrace::decode {
namespace {

constexpr uint64_t x32_bit = 0x40000000;  // __X32_SYSCALL_BIT: the kernel takes the rest as a number of its x32 table

struct NoDescriptors : Descriptors {
  std::string_view describe(int) override { return {}; }
  std::string_view describe_cwd() override { return {}; }
  PidNames describe_pid(int, PidKind) override { return {}; }
  std::string_view path(int) override { return {}; }
  std::string_view cwd() override { return {}; }
  Socket socket(int) override { return {}; }
};

bool is_signed(const spec::Type& type) {
  switch (type.kind) {
    case spec::Kind::sint:
    case spec::Kind::fd:
    case spec::Kind::dirfd:
    case spec::Kind::pid: return true;
    case spec::Kind::set: return spec::sets[type.ref].is_signed && !spec::sets[type.ref].is_flags;
    case spec::Kind::native: return spec::natives[type.ref].is_signed != 0;
    default: return false;
  }
}

uint32_t row_index(const CallState& call) {
  uint64_t number = call.number;
  if (call.abi == Abi::x86_64) number &= ~x32_bit;
  const spec::RowRange range = spec::row_ranges[index(call.abi)];
  const std::span<const spec::Row> rows{spec::rows + range.first, range.count};
  const auto found = std::lower_bound(rows.begin(), rows.end(), number,
                                      [](const spec::Row& row, uint64_t n) { return row.number < n; });
  if (found == rows.end() || found->number != number) return spec::none;
  return range.first + static_cast<uint32_t>(found - rows.begin());
}

uint32_t sub_row_index(const spec::Row& row, uint64_t number) {
  for (uint32_t k = row.sub; k < row.sub + row.sub_count; ++k) {
    if (spec::sub_rows[k].number == number) return k;
  }
  return spec::none;
}

// Puts the arguments of the row in order. `words` are the registers, or what socketcall points to.
void join(CallState& call, const spec::Row& row, std::span<const uint64_t> words) {
  auto& values = call.decoding.values;
  const auto word = [words](unsigned k) { return k < words.size() ? words[k] : 0; };
  for (unsigned k = 0; k < row.arg_count && k < values.size(); ++k) {
    values[k] = word(row.slot[k]);
    if (row.wide >> k & 1) values[k] |= word(row.slot[k] + 1u) << 32;
  }
}

// socketcall: the arguments of the sub-call are longs in memory. False if they cannot be read.
bool join_from_memory(CallState& call, const spec::Row& sub, Memory& memory) {
  const unsigned size = long_bytes(call.abi);
  unsigned count = 0;
  for (unsigned k = 0; k < sub.arg_count && k < std::size(sub.slot); ++k) {
    count = std::max(count, sub.slot[k] + 1u + (sub.wide >> k & 1u));
  }
  uint8_t bytes[16 * 8];
  count = std::min(count, 16u);
  if (!memory.read_all({call.args[1]}, {bytes, std::size_t{count} * size})) return false;
  uint64_t words[16] = {};
  for (unsigned k = 0; k < count; ++k) words[k] = load(bytes + k * size, size);
  join(call, sub, {words, count});
  return true;
}

// The sub-call that a demux row stands for this time, if its arguments are there.
uint32_t demultiplex(CallState& call, const spec::Row& row, Memory& memory) {
  switch (row.kind) {
    case spec::RowKind::call: return spec::none;
    case spec::RowKind::demux_memory: {
      const uint32_t sub = sub_row_index(row, call.args[0]);
      return sub != spec::none && join_from_memory(call, spec::sub_rows[sub], memory) ? sub : spec::none;
    }
    case spec::RowKind::demux_registers: {
      const uint32_t sub = sub_row_index(row, call.args[0] & 0xffff);
      if (sub != spec::none) join(call, spec::sub_rows[sub], call.args);
      return sub;
    }
  }
  return spec::none;
}

// Cuts the values to the width of their types: registers may carry anything in the bits that the kernel ignores.
void normalize(CallState& call) {
  const spec::Call& description = spec::calls[call.decoding.call];
  auto& values = call.decoding.values;
  for (unsigned k = 0; k < description.count && k < values.size(); ++k) {
    const spec::Type& type = spec::types[spec::fields[description.first + k].type];
    if (type.kind == spec::Kind::select || type.kind == spec::Kind::none) continue;
    const unsigned width = type.flags & spec::type_wide ? 8u : type.width != 0 ? type.width : long_bytes(call.abi);
    values[k] = is_signed(type) ? sign_extend(values[k], width) : zero_extend(values[k], width);
  }
}

// Follows `by` until a call without variants is reached.
void choose_variant(CallState& call, Memory& memory) {
  static const Options options;
  NoDescriptors descriptors;
  NullSink sink;
  ViewContext context{.abi = call.abi,
                      .phase = Phase::entry,
                      .failed = false,
                      .options = options,
                      .call = call,
                      .memory = memory,
                      .descriptors = descriptors,
                      .sink = sink};
  for (unsigned depth = 0; depth < 4; ++depth) {
    normalize(call);
    const uint32_t at = call.decoding.call;
    const spec::Call& description = spec::calls[at];
    if (description.by == spec::none) return;
    const uint64_t key = evaluate(description.by, context, Frame{});
    const spec::Variant* found = find_variant(description, key, call.abi);
    const uint32_t next = found ? found->call : description.otherwise;
    if (next == spec::none || next == at) return;
    call.decoding.call = next;
  }
}

void name_unknown(CallState& call) {
  char buffer[40];
  const auto end = fmt::format_to_n(buffer, sizeof buffer, "syscall_{:#x}", call.number);
  call.name_storage.assign(buffer, end.out);
  call.name = call.name_storage;
  std::copy(call.args.begin(), call.args.end(), call.decoding.values.begin());
}

}  // namespace

const spec::Variant* find_variant(const spec::Call& call, uint64_t key, Abi abi) {
  const std::span<const spec::Variant> variants{spec::variants + call.variants, call.variant_count};
  auto found = std::lower_bound(variants.begin(), variants.end(), key,
                                [](const spec::Variant& v, uint64_t k) { return v.key < k; });
  for (; found != variants.end() && found->key == key; ++found) {
    if (found->abi_mask >> index(abi) & 1) return &*found;
  }
  return nullptr;
}

const spec::Row* find_row(const CallState& call) {
  const auto& decoding = call.decoding;
  if (decoding.sub_row != spec::none) return &spec::sub_rows[decoding.sub_row];
  return decoding.row == spec::none ? nullptr : &spec::rows[decoding.row];
}

void Decoder::identify(CallState& call, Memory& memory) {
  auto& decoding = call.decoding;
  decoding.row = row_index(call);
  decoding.sub_row = spec::none;
  decoding.call = spec::none;
  decoding.values = {};
  decoding.saved = {};
  decoding.saved_mask = 0;
  decoding.next_argument = 0;
  decoding.open_argument = false;
  decoding.bytes.clear();
  if (decoding.row == spec::none) return name_unknown(call);

  const spec::Row& row = spec::rows[decoding.row];
  join(call, row, call.args);
  decoding.sub_row = demultiplex(call, row, memory);
  const spec::Row& shown = *find_row(call);
  call.name = text(shown.name);
  decoding.call = shown.call;
  if (decoding.call != spec::none) choose_variant(call, memory);
}

}  // namespace ktrace::decode
