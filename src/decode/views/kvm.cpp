// Structures of KVM: struct kvm_run as -e kvm=vcpu+ shows it (see src/session/vcpu.h), registers and CPUID entries.
#include <algorithm>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

struct Register {
  std::string_view name;
  bool always;  // also without -v
};
constexpr std::array<Register, 18> registers = {{{"rax", true},
                                                 {"rbx", false},
                                                 {"rcx", false},
                                                 {"rdx", false},
                                                 {"rsi", false},
                                                 {"rdi", false},
                                                 {"rsp", true},
                                                 {"rbp", true},
                                                 {"r8", false},
                                                 {"r9", false},
                                                 {"r10", false},
                                                 {"r11", false},
                                                 {"r12", false},
                                                 {"r13", false},
                                                 {"r14", false},
                                                 {"r15", false},
                                                 {"rip", true},
                                                 {"rflags", true}}};

// More than any machine has; a program may say what it likes.
constexpr uint64_t most_entries = 1u << 16;

}  // namespace

// What is left out is so where it stands, not at the end.
void kvm_regs(ViewContext& context, const ViewValue& value) {
  std::array<uint8_t, registers.size() * 8> bytes{};
  if (only_address(context, value.address.value) || !context.memory.read_all(value.address, bytes))
    return context.sink.address(value.address);
  context.sink.begin(Shape::structure);
  bool elided = false;
  for (std::size_t k = 0; k < registers.size(); ++k) {
    const bool shown = registers[k].always || !context.options.abbreviate;
    if (shown) {
      context.sink.field(registers[k].name);
      show_hex(context.sink, load(bytes.data() + 8 * k, 8));
    } else if (!elided) {
      context.sink.elided();
    }
    elided = !shown;
  }
  context.sink.end();
}

void kvm_cpuid2(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t entry_size = 40;
  std::array<uint8_t, 8> head{};
  if (only_address(context, value.address.value) || !context.memory.read_all(value.address, head))
    return context.sink.address(value.address);
  const uint64_t count = load(head.data(), 4);
  context.sink.begin(Shape::structure);
  context.sink.field("nent");
  show_unsigned(context.sink, count);
  context.sink.field("entries");
  const uint64_t shown = context.options.abbreviate ? 0 : std::min(count, most_entries);
  show_elements<entry_size>(
      context, value.address.value + head.size(), shown, count,
      [&](Address, std::span<const uint8_t> entry) { context.show_record(spec::ids::record_kvm_cpuid_entry2, entry); });
  context.sink.end();
}

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
