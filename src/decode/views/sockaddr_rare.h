// Addresses that no single structure describes: what they show depends on their length.
#pragma once

#include <cstdint>
#include <span>

#include "decode/view.h"

namespace ktrace::decode::views {

// False: too short to be one.
bool show_ax25(ViewContext& context, std::span<const uint8_t> address);
bool show_nfc(ViewContext& context, std::span<const uint8_t> address);

// 0x1f, but 00.
void show_octet(ValueSink& sink, uint8_t octet);

}  // namespace ktrace::decode::views
