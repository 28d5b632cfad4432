// Results that are flags: the number, and beside it what it says: = 0x3 (SCHED_BATCH). Unlike fcntl's they are not
// announced by the word "flags".
#include <fmt/core.h>

#include <algorithm>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
// Names under every -X, and nothing beside a policy that has none.
void sched_policy_result(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t reset_on_fork = 0x40000000;
  const uint64_t policy = value.number & ~reset_on_fork;
  const std::string_view name = find_name(spec::sets[spec::ids::set_sched_class], policy, context.abi);
  const bool resets = (value.number & reset_on_fork) != 0;
  if (name.empty() && !resets) return;
  char text[64];
  const std::string_view prefix = resets ? "SCHED_RESET_ON_FORK|" : "";
  const auto end = name.empty() ? fmt::format_to_n(text, sizeof text, "{}{:#x}", prefix, policy)
                                : fmt::format_to_n(text, sizeof text, "{}{}", prefix, name);
  context.sink.begin(Shape::aux);
  context.sink.expression(value.number, {text, std::min(end.size, sizeof text)});
  context.sink.end();
}

void suid_dump_result(ViewContext& context, const ViewValue& value) {
  const std::string_view name = find_name(spec::sets[spec::ids::set_suid_dump], value.number, context.abi);
  if (name.empty()) return;
  context.sink.begin(Shape::aux);
  context.sink.word(name);
  context.sink.end();
}

void membarrier_result(ViewContext& context, const ViewValue& value) {
  if (value.number == 0) return;
  context.sink.begin(Shape::aux);
  context.show_set(spec::ids::set_membarrier_cmds, value.number, 4);
  context.sink.end();
}

}  // namespace ktrace::decode::views
