// personality(2): a base in the low byte, or-ed with flags; 0xffffffff asks for the present one.
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t base_mask = 0xff;  // PER_MASK
constexpr uint64_t query = 0xffffffff;

void show_persona(ViewContext& context, uint64_t persona) {
  context.show_set(spec::ids::set_persona_base, persona & base_mask, 4);
  const uint64_t flags = persona & query & ~base_mask;
  if (flags == 0) return;
  context.sink.joined();
  context.show_set(spec::ids::set_persona_flags, flags, 4);
}

}  // namespace

void persona(ViewContext& context, const ViewValue& value) {
  if ((value.number & query) == query) return show_hex(context.sink, query, 4);
  show_persona(context, value.number);
}

void persona_result(ViewContext& context, const ViewValue& value) {
  context.sink.begin(Shape::aux);
  show_persona(context, value.number);
  context.sink.end();
}

}  // namespace ktrace::decode::views
