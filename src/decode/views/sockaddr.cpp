// Socket addresses (address_families(7)). Programs may pass any number of bytes: an address that is too short for its
// family, or of a family without a structure here, shows as struct sockaddr. The kernel takes at most 128 bytes.
#include <algorithm>
#include <array>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/views/sockaddr_rare.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t storage_size = 128;  // struct sockaddr_storage
constexpr std::size_t un_path_size = 108;
constexpr uint16_t any_length = 0;

// An address of this family with at least so many bytes is more than a struct sockaddr.
struct Family {
  uint16_t number;
  uint16_t smallest;
  uint16_t size;  // of the structure: bytes behind it do not count, missing ones are zero; or any_length
  uint32_t record;
};

// Families by number (linux/socket.h). An address of the smallest size has no members behind it: of sockaddr_in6 the
// scope id may be missing, or be cut short.
constexpr std::array families = {
    Family{1, 3, any_length, spec::ids::record_sockaddr_un},
    Family{2, 16, 16, spec::ids::record_sockaddr_in},
    Family{4, 16, 16, spec::ids::record_sockaddr_ipx},
    Family{9, 18, 18, spec::ids::record_sockaddr_x25},
    Family{10, 24, 28, spec::ids::record_sockaddr_in6},
    Family{16, 12, 12, spec::ids::record_sockaddr_nl},
    Family{17, 20, any_length, spec::ids::record_sockaddr_ll},
    Family{30, 16, 16, spec::ids::record_sockaddr_tipc},
    Family{33, 36, any_length, spec::ids::record_sockaddr_rxrpc},
    Family{36, 20, 20, spec::ids::record_sockaddr_ieee802154},
    Family{38, 25, any_length, spec::ids::record_sockaddr_alg},
    Family{40, 16, 16, spec::ids::record_sockaddr_vm},
    Family{42, 12, 12, spec::ids::record_sockaddr_qrtr},
    Family{44, 16, 16, spec::ids::record_sockaddr_xdp},
    Family{45, 12, 12, spec::ids::record_sockaddr_mctp},
};
constexpr uint64_t ax25 = 3;
constexpr uint64_t bluetooth = 31;
constexpr uint64_t nfc = 39;

// Bluetooth has a structure for each protocol; the length tells which one it is.
uint32_t bluetooth_record(std::size_t size) {
  switch (size) {
    case 4:
    case 6: return spec::ids::record_sockaddr_hci;
    case 8: return spec::ids::record_sockaddr_sco;
    case 10: return spec::ids::record_sockaddr_rc;
    case 12:
    case 14: return spec::ids::record_sockaddr_l2;
    default: return spec::ids::record_sockaddr_raw;
  }
}

void show_known(ViewContext& context, const Family& family, std::span<const uint8_t> address) {
  if (family.size == any_length || address.size() == family.smallest)
    return context.show_record(family.record, address);
  std::array<uint8_t, storage_size> bytes{};
  std::copy_n(address.begin(), std::min<std::size_t>(address.size(), family.size), bytes.begin());
  context.show_record(family.record, std::span(bytes).first(family.size));
}

void show_address(ViewContext& context, std::span<const uint8_t> address) {
  const uint64_t family = load(address.data(), 2);
  if (family == ax25 && show_ax25(context, address)) return;
  if (family == nfc && show_nfc(context, address)) return;
  if (family == bluetooth) return context.show_record(bluetooth_record(address.size()), address);
  for (const Family& known : families) {
    if (known.number == family && address.size() >= known.smallest) return show_known(context, known, address);
  }
  context.show_record(spec::ids::record_sockaddr_raw, address);
}

}  // namespace

// params[0]: how long the address is said to be; what cannot be read in full shows as where it would be.
void sockaddr(ViewContext& context, const ViewValue& value) {
  const auto length = static_cast<int64_t>(value.params.empty() ? value.bytes.size() : value.params[0]);
  const auto wanted = static_cast<std::size_t>(std::clamp<int64_t>(length, 0, storage_size));
  if (wanted < 2 || value.bytes.size() < wanted) return context.sink.address(value.address);
  show_address(context, value.bytes.first(wanted));
}

void sockaddr_data(ViewContext& context, const ViewValue& value) {
  context.sink.string({.bytes = {reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()},
                       .kind = Bytes::Kind::data,
                       .length = value.bytes.size()});
}

// A path ends at a NUL or at the end; an abstract name starts with a NUL and all its bytes count (unix(7)).
void unix_path(ViewContext& context, const ViewValue& value) {
  auto bytes = value.bytes.first(std::min(value.bytes.size(), un_path_size));
  const bool abstract = bytes[0] == 0;
  if (abstract) bytes = bytes.subspan(1);
  const auto end = abstract ? bytes.end() : std::find(bytes.begin(), bytes.end(), uint8_t{0});
  const auto size = static_cast<std::size_t>(end - bytes.begin());
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), size},
                       .kind = abstract ? Bytes::Kind::abstract : Bytes::Kind::path,
                       .length = size});
}

// The bytes of a link-layer address, as many as the length says but no more than there are.
void link_address(ViewContext& context, const ViewValue& value) {
  const auto said = static_cast<std::size_t>(value.params[0]);
  const std::size_t count = std::min(said, value.bytes.size());
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < count; ++k) {
    show_octet(context.sink, value.bytes[k]);
  }
  if (said > count) context.sink.elided();
  context.sink.end();
}

}  // namespace ktrace::decode::views
