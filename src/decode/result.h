// What a call returned, as its description wants it shown, and what else the result tells (`(flags FD_CLOEXEC)`).
#pragma once

#include "decode/scratch.h"
#include "decode/view.h"
#include "ktrace/sink.h"

namespace ktrace::decode {

void show_result(ViewContext& context, Sink& sink, Scratch& scratch);

}  // namespace ktrace::decode
