// Results that are flags: the number, and beside it what it says: = 0x3 (SCHED_BATCH). Unlike fcntl's they are not
// announced by the word "flags".
#include <fmt/format.h>

#include <algorithm>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

enum class Zero : uint8_t { shown, silent };

void show_beside(ViewContext& context, uint64_t value, uint32_t set, Zero zero) {
  if (value == 0 && zero == Zero::silent) return;
  context.sink.begin(Shape::aux);
  context.show_set(set, value, 4);
  context.sink.end();
}

}  // namespace

// Names under every -X, and nothing beside a policy that has none.
void sched_policy_result(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t reset_on_fork = 0x40000000;
  const uint64_t policy = value.number & ~reset_on_fork;
  const std::string_view name = find_name(spec::sets[spec::ids::set_sched_class], policy, context.abi);
  if (name.empty()) return;
  char text[64];
  const auto end =
      fmt::format_to_n(text, sizeof text, "{}{}", value.number & reset_on_fork ? "SCHED_RESET_ON_FORK|" : "", name);
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
  show_beside(context, value.number, spec::ids::set_membarrier_cmds, Zero::silent);
}

void securebits_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_securebits, Zero::silent);
}

void fp_mode_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_pr_fp_mode, Zero::silent);
}

void spec_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_pr_spec_state, Zero::shown);
}

void pac_keys_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_pr_pac_keys, Zero::silent);
}

void tagged_addr_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_pr_tagged_addr, Zero::shown);
}

void mdwe_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_pr_mdwe, Zero::silent);
}

}  // namespace ktrace::decode::views
