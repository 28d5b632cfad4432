// Calls that are several calls: fcntl, futex, prctl and their like.
#pragma once

#include "ktrace/call.h"
#include "spec/tables.h"

namespace ktrace::decode {

// The variant that the key expression of `call` chooses; nullptr if it has no such variant.
const spec::Variant* find_variant(const spec::Call& call, uint64_t key, Abi abi);

}  // namespace ktrace::decode
