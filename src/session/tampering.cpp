#include "session/tampering.h"

#include <fmt/core.h>

#include <algorithm>

#include "decode/decoder.h"
#include "spec/lookup.h"

namespace ktrace::session {
namespace {

// The arguments of a call, one for each register, which is how -e inject= counts them.
class Registers {
 public:
  explicit Registers(const CallState& call) : call_(call), row_(*decode::find_row(call)) {
    const spec::Row& whole = spec::rows[call.decoding.row];
    if (call.decoding.sub_row != spec::none) {
      // The first argument of ipc(2) itself says which sub-call it is; those of socketcall(2) are in memory.
      if (whole.kind == spec::RowKind::demux_registers) first_ = 1;
      in_memory_ = whole.kind == spec::RowKind::demux_memory;
    }
  }

  [[nodiscard]] unsigned count() const {
    if (!decode::takes_registers(call_)) return 0;
    unsigned end = first_;
    for (unsigned k = 0; k < row_.arg_count; ++k) end = std::max(end, row_.slot[k] + 1u + (row_.wide >> k & 1u));
    return end - first_;
  }

  // `which` counts from 1.
  [[nodiscard]] Address operator[](unsigned which) const {
    return {in_memory_ ? call_.decoding.values[which - 1] : call_.args[first_ + which - 1]};
  }

 private:
  const CallState& call_;
  const spec::Row& row_;
  unsigned first_ = 0;
  bool in_memory_ = false;
};

}  // namespace

void Tampering::enter(TraceeState& state, tracer::StoppedTracee& tracee) {
  const filter::Injection* rule = rules_.count(state.call, state.invocations);
  state.injection = rule;
  if (rule) change(state, *rule, tracee);
}

void Tampering::change(TraceeState& state, const filter::Injection& rule, tracer::StoppedTracee& tracee) {
  CallState& call = state.call;
  if (rule.replaces_result()) {
    tracee.replace_call(rule.substitute[index(call.abi)], rule.outcome(call.abi));
    call.tampered.result = true;
  }
  for (const filter::Poke& one : rule.poke_enter) poke(call, one, tracee);
  if (rule.signal) tracee.send_signal(*rule.signal);
  call.tampered.delayed = rule.delay_enter.has_value() || rule.delay_exit.has_value();
}

void Tampering::leave(TraceeState& state, tracer::StoppedTracee& tracee) {
  for (const filter::Poke& one : state.injection->poke_exit) poke(state.call, one, tracee);
}

// The messages are strace's, names of its functions and all.
void Tampering::poke(CallState& call, const filter::Poke& poke, tracer::StoppedTracee& tracee) {
  const Registers registers(call);
  if (poke.argument > registers.count()) {
    return say(
        fmt::format("poke_tcb: Failed to tamper with process {}: requested to tamper with argument #{}, but "
                    "system call '{}' has only {} arguments",
                    call.tid.value, poke.argument, call.name, registers.count()));
  }
  const Address at = registers[poke.argument];
  const std::size_t written = tracee.write(at, poke.bytes);
  if (written == 0)
    return say(fmt::format("poke_tcb: Failed to tamper with process {}: couldn't poke", call.tid.value));
  if (written < poke.bytes.size())
    say(fmt::format("upoken: pid:{} short write ({} < {}) @{:#x}", call.tid.value, written, poke.bytes.size(),
                    at.value));
  call.tampered.arguments = true;
}

void Tampering::say(const std::string& text) {
  sink_.flush();  // which may show half a line of this call
  log_.say(text);
}

}  // namespace ktrace::session
