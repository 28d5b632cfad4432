// Control messages (cmsg(3)), shown for views/message.cpp.
#pragma once

#include <cstdint>

#include "decode/view.h"

namespace ktrace::decode::views {

// Sends msg_control: `length` bytes at `from` as a list of control messages, or the address if there is none.
// Returns how many bytes of them were shown.
uint64_t show_control(ViewContext& context, Address from, uint64_t length);

}  // namespace ktrace::decode::views
