// Numbers that strace always shows as such, with their name in a comment: 0x12 /* XFEATURE_XTILE_DATA */.
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

void show_with_name(ViewContext& context, uint64_t value, unsigned width, uint32_t set) {
  const std::string_view name = find_name(spec::sets[set], value, context.abi);
  show_hex(context.sink, value, width);
  context.sink.comment(name.empty() ? text(spec::sets[set].unknown) : name);
}

}  // namespace

void pid_type(ViewContext& context, const ViewValue& value) {
  show_with_name(context, value.number, 4, spec::ids::set_pid_types);
}

void xfeature(ViewContext& context, const ViewValue& value) {
  show_with_name(context, value.number, context.long_bytes(), spec::ids::set_xfeatures);
}

}  // namespace ktrace::decode::views
