// Internet addresses as text, for the views of sockets and of netlink messages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "decode/view.h"

namespace ktrace::decode::views {

// Sends `inet_addr("127.0.0.1")`; with 16 bytes `inet_pton(AF_INET6, "::1")`, and in a structure without the label of
// the member, whose name then stands in the text: `inet_pton(AF_INET6, "::1", &sin6_addr)`.
void show_inet4(ValueSink& sink, std::span<const uint8_t, 4> bytes);
void show_inet6(ValueSink& sink, std::span<const uint8_t, 16> bytes, std::string_view member = {});

// Sends `if_nametoindex("lo")`, or the number if there is no such interface.
void show_interface(ViewContext& context, uint32_t index);

// Sends `htons(ETH_P_IP)` for a protocol as it stands in memory.
void show_ether_type(ViewContext& context, uint16_t number);

}  // namespace ktrace::decode::views
