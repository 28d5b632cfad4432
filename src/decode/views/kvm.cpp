// struct kvm_run, as -e kvm=vcpu+ shows it: see src/session/vcpu.h.
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

// Both, number and name, whatever -X says. That it is unknown is said only after the call, where it stands beside the
// result, too.
void kvm_run_reason(ViewContext& context, const ViewValue& value) {
  const spec::Set& reasons = spec::sets[spec::ids::set_kvm_exit_reason];
  std::string_view name = find_name(reasons, value.number, context.abi);
  if (name.empty() && value.params[0] != 0) name = text(reasons.unknown);
  show_unsigned(context.sink, value.number);
  if (!name.empty()) context.sink.comment(name);
}

// They are read when the call is over, also for its entry: what a program put there for the kernel is still there.
void kvm_run_data(ViewContext& context, const ViewValue& value) {
  const uint64_t address = value.params[0] + value.number;
  const uint64_t length = value.params[1] * value.params[2];
  if (length != 0 && only_address(context, address)) return context.sink.address({address});
  show_integers(context, address, length, 1, [&](uint64_t byte) { show_hex(context.sink, byte, 1); });
}

}  // namespace ktrace::decode::views
