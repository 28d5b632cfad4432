// struct sched_attr (sched_setattr(2)): self-sized. Members that the flags tell the kernel to keep do not show.
#include <algorithm>
#include <cstring>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t known_bytes = 56;
constexpr std::size_t first_bytes = 48;  // SCHED_ATTR_SIZE_VER0
constexpr uint64_t keep_policy = 0x08;   // SCHED_FLAG_KEEP_POLICY
constexpr uint64_t keep_params = 0x10;   // SCHED_FLAG_KEEP_PARAMS
constexpr int64_t too_big = -7;          // E2BIG

using Bytes56 = std::array<uint8_t, known_bytes>;

std::span<const spec::Field> members() {
  const spec::Record& record = spec::records[spec::ids::record_sched_attr];
  return {spec::fields + record.first, record.count};
}

// What the program gave: members that it wants to be kept are left out, and what lies behind the known ones counts.
enum class Origin : uint8_t { program, kernel };

// `size` bytes of it count.
void show_attr(ViewContext& context, const Bytes56& bytes, uint64_t size, Origin origin) {
  const uint64_t flags = origin == Origin::program ? load(&bytes[8], 8) : 0;
  context.sink.begin(Shape::structure);
  unsigned number = 0;
  for (const spec::Field& field : members()) {
    const unsigned k = number++;
    const uint32_t offset = field.offset[index(context.abi)];
    const bool is_policy = k == 1;
    const bool is_param = k >= 3 && k <= 7;
    if (k != 0 && (size < first_bytes || (offset >= first_bytes && size < known_bytes))) break;
    if (is_policy && (flags & (keep_policy | keep_params)) != 0) continue;
    if (is_param && (flags & keep_params) != 0) continue;
    context.sink.field(text(field.name));
    context.show_type(field.type, std::span(bytes).subspan(offset));
  }
  if (size > known_bytes && origin == Origin::program) context.sink.elided();
  context.sink.end();
}

}  // namespace

// Remembered at entry, as the kernel writes its own size into it if it finds it too big.
void sched_attr_given(ViewContext& context, const ViewValue& value) {
  auto& memo = context.call.decoding.bytes;
  if (context.phase == Phase::entry) {
    memo.clear();
    if (value.bytes.size() < 4) return;
    Bytes56 bytes{};
    const uint64_t claimed = load(value.bytes.data(), 4);
    // Of one that is too short nothing but the size shows.
    const uint64_t size = claimed == 0 ? first_bytes : claimed < first_bytes ? 4 : claimed;
    if (!context.memory.read_all(value.address, std::span(bytes).first(std::min(size, known_bytes)))) return;
    memo.assign(bytes.begin(), bytes.end());
    return;
  }
  if (memo.size() != known_bytes) {
    context.sink.address(value.address);
  } else {
    Bytes56 bytes;
    std::copy(memo.begin(), memo.end(), bytes.begin());
    const uint64_t claimed = load(bytes.data(), 4);
    show_attr(context, bytes, claimed == 0 ? first_bytes : claimed, Origin::program);
  }
  if (!context.failed || context.call.outcome.value != too_big || value.bytes.size() < 4) return;
  context.sink.changed();
  context.sink.begin(Shape::structure);
  context.sink.field("size");
  show_unsigned(context.sink, load(value.bytes.data(), 4));
  context.sink.end();
}

void sched_attr_found(ViewContext& context, const ViewValue& value) {
  Bytes56 bytes{};
  const std::size_t valid = std::min<uint64_t>(value.params[0], known_bytes);
  if (only_address(context, value.number) || valid == 0 ||
      !context.memory.read_all(Address{value.number}, std::span(bytes).first(valid))) {
    return context.sink.address({value.number});
  }
  show_attr(context, bytes, load(bytes.data(), 4), Origin::kernel);
}

}  // namespace ktrace::decode::views
