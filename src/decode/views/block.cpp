// Parts of ioctls of disks and raw flash that tables cannot say: flags with names like `1<<IDE_NICE_0`, lists of fixed
// room of which a count tells how much is used.
#include <algorithm>
#include <array>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void ide_nice(ViewContext& context, const ViewValue& value) {
  struct Bit {
    uint64_t mask;
    std::string_view name;
  };
  constexpr std::array<Bit, 5> bits = {{{1, "1<<IDE_NICE_DSC_OVERLAP"},
                                        {2, "1<<IDE_NICE_ATAPI_OVERLAP"},
                                        {8, "1<<IDE_NICE_1"},
                                        {4, "1<<IDE_NICE_0"},
                                        {16, "1<<IDE_NICE_2"}}};
  std::array<std::string_view, bits.size()> names;
  std::size_t count = 0;
  uint64_t rest = value.number;
  for (const Bit& bit : bits) {
    if ((value.number & bit.mask) == 0) continue;
    names[count++] = bit.name;
    rest &= ~bit.mask;
  }
  context.sink.symbols({.value = value.number,
                        .width = static_cast<uint8_t>(context.long_bytes()),
                        .is_flags = true,
                        .names = std::span(names).first(count),
                        .rest = rest,
                        .unknown = "IDE_NICE_???"});
}

void whole_pair(ViewContext& context, const ViewValue& value) {
  const auto width = static_cast<unsigned>(value.params[0]);
  if (value.bytes.size() < 2 * width) return context.sink.address(value.address);
  context.sink.begin(Shape::array);
  show_unsigned(context.sink, load(value.bytes.data(), width));
  show_unsigned(context.sink, load(value.bytes.data() + width, width));
  context.sink.end();
}

void ubi_renames(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t entry_size = 136;
  const auto room = static_cast<int64_t>(value.bytes.size() / entry_size);
  const int64_t count = std::clamp<int64_t>(static_cast<int32_t>(value.params[0]), 0, room);
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k)
    context.show_record(spec::ids::record_ubi_rename, value.bytes.subspan(k * entry_size, entry_size));
  context.sink.end();
}

}  // namespace ktrace::decode::views
