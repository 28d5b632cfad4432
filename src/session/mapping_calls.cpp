#include "session/mapping_calls.h"

#include <sys/mman.h>

#include "ktrace/abi.h"

namespace ktrace::session {

void tell_mapping(stack::Stacks& stacks, uint32_t trait, const CallState& call) {
  if (call.outcome.is_error && call.outcome.available) return;
  const uint64_t mask = is_32_bit(call.abi) ? 0xffff'ffff : ~uint64_t{0};
  const Address first{call.args[0]};
  const uint64_t length = call.args[1];
  const bool executable = (call.args[2] & PROT_EXEC) != 0;
  switch (trait) {
    case trait_maps:
      if (length == 0) return;
      return stacks.mapping_changed(call.tgid, {static_cast<uint64_t>(call.outcome.value) & mask}, length, executable);
    case trait_protects:
      if (length == 0) return;
      return stacks.mapping_changed(call.tgid, first, length, executable);
    case trait_unmaps: return stacks.mapping_changed(call.tgid, first, length, false);
    case trait_moves:
      // Grown in place it reaches into what was free; moved, it may take the place of something.
      stacks.mapping_changed(call.tgid, first, length == 0 ? 1 : length, false);
      if (call.args[2] != 0)
        stacks.mapping_changed(call.tgid, {static_cast<uint64_t>(call.outcome.value) & mask}, call.args[2], false);
      return;
    case trait_remaps: return stacks.mapping_changed(call.tgid, {}, 0, true);
  }
}

}  // namespace ktrace::session
