// The 64-bit locks of fcntl64(2). fcntl(2) of 32-bit ABIs takes the same commands, but knows nothing of their argument;
// 64-bit ABIs have neither.
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t longest = 32;  // struct flock64 of any ABI

void show_lock(ViewContext& context, uint64_t address, uint32_t record) {
  if (context.call.name != "fcntl64") return show_hex(context.sink, address, context.long_bytes());
  std::array<uint8_t, longest> bytes{};
  const spec::Record& shape = spec::records[spec::records[record].variant[index(context.abi)]];
  const auto whole = std::span(bytes).first(std::min<std::size_t>(shape.size[index(context.abi)], longest));
  if (only_address(context, address) || !context.memory.read_all(Address{address}, whole)) {
    return context.sink.address({address});
  }
  context.show_record(record, whole);
}

}  // namespace

void get_lock64(ViewContext& context, const ViewValue& value) {
  show_lock(context, value.number, spec::ids::record_flock64);
}

void set_lock64(ViewContext& context, const ViewValue& value) {
  show_lock(context, value.number, spec::ids::record_flock64_wanted);
}

}  // namespace ktrace::decode::views
