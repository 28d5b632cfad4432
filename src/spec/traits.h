// What the descriptions say for the tracer (ktrace/traits.h).
#pragma once

#include "ktrace/traits.h"
#include "spec/tables.h"

namespace ktrace::spec {

// The calls of each ABI that have traits, sorted by number.
extern const MarkedCall marked[];
extern const RowRange marked_ranges[abis];

[[nodiscard]] inline CallTraits call_traits() {
  CallTraits out;
  for (unsigned abi = 0; abi < abis; ++abi)
    out.calls[abi] = {marked + marked_ranges[abi].first, marked_ranges[abi].count};
  return out;
}

}  // namespace ktrace::spec
