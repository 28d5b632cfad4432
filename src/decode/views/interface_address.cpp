// The address of a network interface in struct sockaddr: how much of the 14 bytes there is follows from the kind of the
// interface, which stands where other addresses have their family.
#include <fmt/format.h>
#include <linux/if_arp.h>

#include <algorithm>
#include <array>

#include "decode/view.h"

namespace ktrace::decode::views {
namespace {

std::size_t address_length(uint64_t kind, std::size_t all) {
  switch (kind) {
    case ARPHRD_SLIP:
    case ARPHRD_X25:
    case ARPHRD_CAN:
    case ARPHRD_PPP:
    case ARPHRD_RAWHDLC:
    case ARPHRD_RAWIP:
    case ARPHRD_IPDDP:
    case ARPHRD_PIMREG:
    case ARPHRD_CAIF:
    case ARPHRD_NETLINK:
    case ARPHRD_VSOCKMON: return 0;
    case ARPHRD_ARCNET:
    case ARPHRD_MCTP:
    case ARPHRD_LOCALTLK:
    case ARPHRD_PHONET:
    case ARPHRD_PHONET_PIPE: return 1;
    case ARPHRD_DLCI: return 2;
    case ARPHRD_TUNNEL:
    case ARPHRD_SIT:
    case ARPHRD_IPGRE:
    case ARPHRD_IRDA: return 4;
    case ARPHRD_ROSE: return 5;
    case ARPHRD_ETHER:
    case ARPHRD_IEEE802:
    case ARPHRD_LOOPBACK:
    case ARPHRD_FDDI:
    case ARPHRD_HIPPI:
    case ARPHRD_IEEE80211:
    case ARPHRD_IEEE80211_PRISM:
    case ARPHRD_IEEE80211_RADIOTAP: return 6;
    case ARPHRD_NETROM:
    case ARPHRD_AX25: return 7;
    case ARPHRD_EUI64:
    case ARPHRD_IEEE802154:
    case ARPHRD_IEEE802154_MONITOR:
    case ARPHRD_6LOWPAN: return 8;
    default: return all;
  }
}

}  // namespace

void interface_address(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t longest = 14;
  const std::size_t all = std::min(value.bytes.size(), longest);
  std::array<char, 3 * longest> text{};
  auto* end = text.data();
  for (std::size_t k = 0; k < std::min(address_length(value.params[0], all), all); ++k) {
    end = fmt::format_to(end, "{}{:02x}", k == 0 ? "" : ":", value.bytes[k]);
  }
  const std::string_view shown{text.data(), static_cast<std::size_t>(end - text.data())};
  context.sink.expression(
      Expression{.text = shown, .bytes = {reinterpret_cast<const char*>(value.bytes.data()), all}, .plain = shown});
}

}  // namespace ktrace::decode::views
