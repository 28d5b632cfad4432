// Numbers that strace always shows as such, with their name in a comment: 0x12 /* XFEATURE_XTILE_DATA */.
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

void show_with_name(ViewContext& context, uint64_t value, uint32_t set) {
  const std::string_view name = find_name(spec::sets[set], value, context.abi);
  context.sink.expression(Expression{
      .raw = value, .base = Base::hex, .text = name.empty() ? text(spec::sets[set].unknown) : name, .beside = true});
}

}  // namespace

void pid_type(ViewContext& context, const ViewValue& value) {
  show_with_name(context, value.number, spec::ids::set_pid_types);
}

void xfeature(ViewContext& context, const ViewValue& value) {
  show_with_name(context, value.number, spec::ids::set_xfeatures);
}

}  // namespace ktrace::decode::views
