// Structures that come in the size their writer knew, and the views of such structures that have no view of their own.
#include "decode/views/members.h"

#include <algorithm>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void show_members(ViewContext& context, const spec::Record& record, std::span<const uint8_t> bytes, uint64_t length) {
  const unsigned abi = index(context.abi);
  context.sink.begin(Shape::structure);
  for (uint32_t k = 0; k < record.count; ++k) {
    const spec::Field& field = spec::fields[record.first + k];
    const uint32_t from = field.offset[abi];
    const uint32_t next = k + 1 < record.count ? spec::fields[record.first + k + 1].offset[abi] : record.size[abi];
    if (from >= bytes.size()) break;
    context.sink.field(text(field.name));
    context.show_type(field.type, bytes.subspan(from, std::min<std::size_t>(next - from, bytes.size() - from)));
  }
  if (length > record.size[abi]) context.sink.elided();
  context.sink.end();
}

// A member that the size cuts through counts with the bytes it has.
void landlock_ruleset(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t word = 8;
  const spec::Record& record = spec::records[spec::ids::record_landlock_ruleset_attr];
  std::array<uint8_t, 64> bytes{};
  const uint64_t size = value.params[0];
  const std::size_t valid = std::min<uint64_t>({size, record.size[index(context.abi)], bytes.size()});
  if (value.number == 0 || !context.options.dereference || size < word ||
      !context.memory.read_all(Address{value.number}, std::span(bytes).first(valid))) {
    return context.sink.address({value.number});
  }
  show_members(context, record, std::span(bytes).first((valid + word - 1) / word * word), size);
}

}  // namespace ktrace::decode::views
