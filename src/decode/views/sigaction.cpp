// struct sigaction as the kernel has it: handler, flags, restorer, mask (the old call: handler, mask, flags, restorer).
// Printed are handler, mask, flags, and the restorer if SA_RESTORER says that there is one. strace takes the mask of
// the new form for 64 bytes, so memory that ends earlier shows as an address here too.
#include <array>

#include "decode/views/helpers.h"
#include "decode/views/signals.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t sa_restorer = 0x04000000;
constexpr std::size_t mask_bytes = 8;
constexpr std::size_t mask_room = 64;

struct Layout {
  std::size_t flags;
  std::size_t restorer;
  std::size_t mask;
  std::size_t mask_size;
  std::size_t size;
};

void show_action(ViewContext& context, uint64_t address, const Layout& layout) {
  std::array<uint8_t, 3 * 8 + mask_room> bytes{};
  if (only_address(context, address) ||
      !context.memory.read_all(Address{address}, std::span(bytes).first(layout.size))) {
    return context.sink.address({address});
  }
  const uint64_t flags = context.load_long(bytes.data() + layout.flags);
  context.sink.begin(Shape::structure);
  context.sink.field("sa_handler");
  show_handler(context, context.load_long(bytes.data()));
  context.sink.field("sa_mask");
  show_signal_set(context, std::span(bytes).subspan(layout.mask, layout.mask_size));
  context.sink.field("sa_flags");
  context.show_set(spec::ids::set_sa_flags, flags, context.long_bytes());
  if ((flags & sa_restorer) != 0) {
    context.sink.field("sa_restorer");
    context.sink.address({context.load_long(bytes.data() + layout.restorer)});
  }
  context.sink.end();
}

}  // namespace

void kernel_sigaction(ViewContext& context, const ViewValue& value) {
  const std::size_t w = context.long_bytes();
  show_action(context, value.number,
              {.flags = w, .restorer = 2 * w, .mask = 3 * w, .mask_size = mask_bytes, .size = 3 * w + mask_room});
}

void old_sigaction(ViewContext& context, const ViewValue& value) {
  const std::size_t w = context.long_bytes();
  show_action(context, value.number, {.flags = 2 * w, .restorer = 3 * w, .mask = w, .mask_size = w, .size = 4 * w});
}

}  // namespace ktrace::decode::views
