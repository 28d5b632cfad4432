// The calls that change which code a process has mapped: what is kept for stacks (src/stack) has to hear of them, also
// of those that are not traced.
#pragma once

#include "ktrace/call.h"
#include "ktrace/traits.h"
#include "stack/stacks.h"

namespace ktrace::session {

// Such a call has one of them.
inline constexpr uint32_t mapping_traits = trait_maps | trait_unmaps | trait_protects | trait_moves | trait_remaps;

// A call with this trait has returned.
void tell_mapping(stack::Stacks& stacks, uint32_t trait, const CallState& call);

}  // namespace ktrace::session
