// rseq(2): the area that a thread registers. It is looked at only where the kernel would accept it: 32 bytes or more,
// aligned to 32. Its first version ends before the last member, which then counts as 0.
#include <algorithm>

#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

void rseq_area(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t first_version = 32;
  std::array<uint8_t, 64> bytes{};
  const spec::Record& record = spec::records[spec::ids::record_rseq];
  const uint64_t size = std::min<uint64_t>(value.params[0], record.size[index(context.abi)]);
  if (only_address(context, value.number) || size < first_version || value.number % first_version != 0 ||
      !context.memory.read_all(Address{value.number}, std::span(bytes).first(size))) {
    return context.sink.address({value.number});
  }
  context.show_record(spec::ids::record_rseq, bytes);
}

}  // namespace ktrace::decode::views
