// Results that are flags: the number, and beside it what it says: = 0x3 (SCHED_BATCH). Unlike fcntl's they are not
// announced by the word "flags".
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

void sched_policy_result(ViewContext& context, const ViewValue& value) {
  show_beside(context, value.number, spec::ids::set_sched_policy, Zero::shown);
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
