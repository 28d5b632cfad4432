// The type argument of socket(2): a type in the low four bits, flags above. Both parts are symbols of their own.
#include "decode/symbols.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void sock_type(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t type_mask = 0xf;
  const uint64_t flags = value.number & ~type_mask;
  const std::string_view name = find_name(spec::sets[spec::ids::set_sock_base], value.number & type_mask, context.abi);
  if (name.empty()) return context.show_set(spec::ids::set_sock_flags, value.number, 4);
  context.show_set(spec::ids::set_sock_base, value.number & type_mask, 4);
  if (flags == 0) return;
  context.sink.joined();
  context.show_set(spec::ids::set_sock_flags, flags, 4);
}

}  // namespace ktrace::decode::views
