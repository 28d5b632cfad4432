// The structure of clone3(2), which grew twice: 64, 80, 88 bytes. A size between two versions has the members that it
// reaches into, as if the bytes that are missing were 0. After the call strace looks at it once more, for what the
// kernel wrote through its pointers: `{flags=CLONE_PIDFD, pidfd=0x7ffc, ...} => {pidfd=[3]}`.
#include <algorithm>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t first_version = 64;
constexpr std::size_t second_version = 80;
constexpr std::size_t known_bytes = 88;
constexpr uint64_t page = 4096;
constexpr uint64_t clone_pidfd = 0x1000;
constexpr uint64_t clone_parent_settid = 0x100000;

using Attributes = std::array<uint8_t, known_bytes>;

bool writes(uint64_t flags) {
  return (flags & (clone_pidfd | clone_parent_settid)) != 0;
}

bool read_known(ViewContext& context, Address from, uint64_t size, Attributes& bytes) {
  return context.memory.read_all(from, std::span(bytes).first(std::min<uint64_t>(size, known_bytes)));
}

void show_given(ViewContext& context, Address from, uint64_t size) {
  Attributes bytes{};
  if (size < first_version || !read_known(context, from, size, bytes)) return context.sink.address(from);
  const std::size_t version = size == first_version    ? first_version
                              : size <= second_version ? second_version
                                                       : known_bytes;
  context.sink.begin(Shape::structure);
  context.show_members(spec::ids::type_clone3_members, std::span(bytes).first(version), {}, Part::all);
  context.show_tail(from, known_bytes, std::min(size, page));
  context.sink.end();
  context.left_open = writes(load(bytes.data(), 8)) || size > known_bytes;
}

// Bytes that no version has: they show again if they cannot be read or are not 0.
bool has_tail(ViewContext& context, Address from, uint64_t size) {
  const uint64_t end = std::min(size, page);
  for (uint64_t k = known_bytes; k < end; ++k) {
    if (read_integer(context, from.value + k, 1).value_or(1) != 0) return true;
  }
  return false;
}

template <class Show>
void show_written_through(ViewContext& context, uint64_t address, Show show) {
  const std::optional<uint64_t> number = address != 0 ? read_integer(context, address, 4) : std::nullopt;
  if (!number) return context.sink.address({address});
  context.sink.begin(Shape::array);
  show(static_cast<int32_t>(*number));
  context.sink.end();
}

void show_written(ViewContext& context, Address from, uint64_t size) {
  Attributes bytes{};
  if (context.failed) return;
  if (!read_known(context, from, size, bytes)) {
    context.sink.changed();
    return context.sink.address(from);
  }
  const uint64_t flags = load(bytes.data(), 8);
  if (!writes(flags) && !has_tail(context, from, size)) return;
  context.sink.changed();
  context.sink.begin(Shape::structure);
  if ((flags & clone_pidfd) != 0) {
    context.sink.field("pidfd");
    show_written_through(context, load(&bytes[8], 8), [&](int32_t fd) { context.show_fd(fd); });
  }
  if ((flags & clone_parent_settid) != 0) {
    context.sink.field("parent_tid");
    show_written_through(context, load(&bytes[24], 8), [&](int32_t tid) { context.show_pid(tid); });
  }
  context.show_tail(from, known_bytes, std::min(size, page));
  context.sink.end();
}

}  // namespace

void clone3_args(ViewContext& context, const ViewValue& value) {
  const uint64_t size = value.params[0];
  context.phase == Phase::entry ? show_given(context, value.address, size) : show_written(context, value.address, size);
}

}  // namespace ktrace::decode::views
