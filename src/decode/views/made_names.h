// Names that are made of others, for views of several families.
#pragma once

#include <cstdint>

#include "decode/view.h"

namespace ktrace::decode::views {

// A mask: 1<<A|1<<B, where A and B are numbers of bits in the set `numbers`.
void show_numbered_bits(ViewContext& context, uint32_t numbers, uint64_t value, unsigned width);

}  // namespace ktrace::decode::views
