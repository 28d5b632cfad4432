// Structures of which a program or the kernel says how much there is, down to the byte.
#pragma once

#include <cstdint>
#include <span>

#include "decode/view.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

// The members of `record` that begin within `bytes`; of an array the elements that are there. If `length` is more than
// the record has, dots follow.
void show_members(ViewContext& context, const spec::Record& record, std::span<const uint8_t> bytes, uint64_t length);

}  // namespace ktrace::decode::views
