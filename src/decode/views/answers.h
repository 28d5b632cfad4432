// What views share that show a structure before the call and another one behind ` => ` after it; see answers.cpp.
#pragma once

#include <cstdint>

#include "decode/view.h"

namespace ktrace::decode::views {

// The whole structure (spec::ids::record_*) at an address, or the address. True: it could be read.
bool show_whole(ViewContext& context, uint64_t address, uint32_t record);

// At entry: shows what is asked for. At exit: true if an answer follows, for which ` => ` is written.
bool begins_answer(ViewContext& context, const ViewValue& value, uint32_t asked);

void show_answered(ViewContext& context, const ViewValue& value, uint32_t asked, uint32_t answered);

}  // namespace ktrace::decode::views
