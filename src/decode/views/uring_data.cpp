// What the commands of io_uring_register(2) point to, where a table is not enough: lists that the kernel rewrites,
// lists of questions, an entry of a submission queue.
#include <algorithm>
#include <array>

#include "decode/scalar.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr std::size_t probe_head = 16;
constexpr std::size_t probe_op = 8;
constexpr uint64_t most_probed = 256;  // what the kernel takes
constexpr std::size_t ops_len_offset = 1;
constexpr std::size_t napi_size = 16;
constexpr unsigned worker_size = 4;
constexpr std::size_t entry_size = 64;
constexpr std::size_t question_size = 40;
constexpr uint64_t most_questions = 1000;  // as many as the kernel answers; a list may have no end

uint64_t most_elements(const ViewContext& context) {
  return context.options.abbreviate ? context.options.string_limit : ~uint64_t{0};
}

using ProbeBytes = std::array<uint8_t, probe_head + most_probed * probe_op>;

// `count` operations are looked at, `claimed` there are.
void show_probe(ViewContext& context, std::span<const uint8_t> bytes, uint64_t count, uint64_t claimed) {
  const std::array<uint64_t, 1> none{};
  context.sink.begin(Shape::structure);
  context.show_members(ids::type_uring_probe_type, bytes.first(probe_head), none, Part::all);
  context.sink.field("ops");
  context.sink.begin(Shape::array);
  const uint64_t shown = std::min(count, most_elements(context));
  for (uint64_t k = 0; k < shown; ++k) {
    context.show_record(ids::record_io_uring_probe_op, bytes.subspan(probe_head + k * probe_op, probe_op));
  }
  if (shown < claimed) context.sink.elided();
  context.sink.end();
  context.sink.end();
}

// Whether the kernel is given zeros, as it wants. Then there is nothing worth to be shown before the call.
bool is_blank(std::span<const uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; });
}

bool show_workers(ViewContext& context, Address from, uint64_t count) {
  Integers numbers(context, from.value, worker_size);
  const uint64_t most = most_elements(context);
  for (uint64_t k = 0; k < count; ++k) {
    const std::optional<uint64_t> number = numbers.at(k);
    if (!number && k == 0) {
      context.sink.address(from);
      return false;
    }
    if (k == 0) context.sink.begin(Shape::array);
    if (!number || k == most) {
      number ? context.sink.elided() : context.sink.unreadable({numbers.address_of(k)});
      context.sink.end();
      return number.has_value();
    }
    context.sink.begin(Shape::array);
    context.show_set(ids::set_io_wq_type, k, 4);
    context.sink.end();
    context.sink.joined('=');
    show_unsigned(context.sink, *number);
  }
  if (count == 0) context.sink.begin(Shape::array);
  context.sink.end();
  return count != 0;
}

// One question, but for its end and the pointer to the next one, which is returned. Nothing: it cannot be read.
std::optional<uint64_t> begin_question(ViewContext& context, uint64_t address) {
  constexpr std::size_t data_offset = 8;
  constexpr std::size_t op_offset = 16;
  constexpr std::size_t size_offset = 20;
  std::array<uint8_t, question_size> bytes{};
  if (address == 0 || !context.memory.read_all({address}, bytes)) return std::nullopt;
  const std::array<uint64_t, 1> params{load(bytes.data() + op_offset, 4)};
  context.sink.begin(Shape::structure);
  context.show_members(ids::type_uring_question_type, bytes, params, Part::all);
  if (load(bytes.data() + size_offset, 4) != 0 && load(bytes.data() + data_offset, 8) != 0) {
    context.sink.field("query_data");
    context.show_type(ids::type_uring_query_data, std::span(bytes).subspan(data_offset, 8), params);
  }
  context.sink.field("next_entry");
  return load(bytes.data(), 8);
}

}  // namespace

void uring_probe(ViewContext& context, const ViewValue& value) {
  const bool resumed = context.call.decoding.open_argument;
  auto& deferred = context.call.decoding.bytes;
  const uint64_t count = value.params[0];
  const uint64_t size = probe_head + count * probe_op;
  ProbeBytes room;
  const bool readable = count <= most_probed && context.memory.read_all(value.address, std::span(room).first(size));
  const auto bytes = std::span(room).first(readable ? size : 0);
  if (!resumed) {
    if (!readable) return context.sink.address(value.address);
    context.left_open = true;
    deferred.assign(1, is_blank(bytes));
    if (deferred[0] == 0) show_probe(context, bytes, count, count);
    return;
  }
  const bool shown = deferred.empty() || deferred[0] == 0;
  if (context.failed && shown) return;
  if (!shown) context.sink.argument("arg");
  if (shown) context.sink.changed();
  if (context.failed || !readable) return context.sink.address(value.address);
  const uint64_t answered = bytes[ops_len_offset];
  show_probe(context, bytes, std::min(answered, count), answered);
}

void uring_workers(ViewContext& context, const ViewValue& value) {
  if (!context.call.decoding.open_argument) {
    context.left_open = show_workers(context, value.address, value.params[0]);
    return;
  }
  context.sink.changed();
  if (context.failed) return context.sink.address(value.address);
  show_workers(context, value.address, value.params[0]);
}

void uring_napi(ViewContext& context, const ViewValue& value) {
  const bool resumed = context.call.decoding.open_argument;
  if (resumed && context.failed) return;
  if (resumed) context.sink.changed();
  std::array<uint8_t, napi_size> bytes{};
  if (value.params[0] != 1 || !context.memory.read_all(value.address, bytes)) {
    return context.sink.address(value.address);
  }
  context.show_record(ids::record_io_uring_napi, bytes);
  context.left_open = !resumed;
}

void uring_sqe(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t first_long = 63;  // IORING_OP_NOP128
  constexpr uint64_t last_long = 64;
  std::array<uint8_t, entry_size> bytes{};
  if (!context.memory.read_all(value.address, bytes)) return context.sink.address(value.address);
  const std::array<uint64_t, 1> operation{bytes[0]};
  context.sink.begin(Shape::structure);
  context.show_members(ids::type_uring_sqe_of, bytes, operation, Part::all);
  if (operation[0] >= first_long && operation[0] <= last_long) {
    context.sink.field("cmd");
    show_integers(context, value.address.value + entry_size, entry_size, 1,
                  [&](uint64_t byte) { show_hex(context.sink, byte, 1); });
  }
  context.sink.end();
}

void uring_query(ViewContext& context, const ViewValue& value) {
  const uint64_t most = std::min(most_elements(context), most_questions);
  uint64_t next = value.address.value;
  uint64_t open = 0;
  for (; open < most; ++open) {
    const std::optional<uint64_t> after = begin_question(context, next);
    if (!after) break;
    next = *after;
  }
  context.sink.address({next});
  if (open == most && next != 0) context.sink.comment("...");
  for (; open != 0; --open) context.sink.end();
}

}  // namespace ktrace::decode::views
