// Sets of signals and handlers, for the views that show them inside something else.
#pragma once

#include <cstdint>
#include <span>

#include "decode/view.h"

namespace ktrace::decode::views {

// [INT TERM], or ~[KILL STOP] if most are in.
void show_signal_set(ViewContext& context, std::span<const uint8_t> set);
// SIG_DFL, SIG_IGN, SIG_ERR or an address.
void show_handler(ViewContext& context, uint64_t handler);

}  // namespace ktrace::decode::views
