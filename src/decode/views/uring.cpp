// The command of io_uring_register(2): its top bit says that the ring is one that was registered before.
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void uring_register_op(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t registered_ring = 0x80000000;
  context.show_set(spec::ids::set_io_uring_register_op, value.number & ~registered_ring & 0xffffffff, 4);
  if ((value.number & registered_ring) == 0) return;
  context.sink.joined();
  context.show_set(spec::ids::set_uring_register_bit, registered_ring, 4);
}

}  // namespace ktrace::decode::views
