// Socket addresses (address_families(7)). Programs may pass any number of bytes: an address that is too short for its
// family, or of a family without a structure here, shows as struct sockaddr. The kernel takes at most 128 bytes.
#include <algorithm>
#include <array>

#include "decode/scalar.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t storage_size = 128;  // struct sockaddr_storage
constexpr std::size_t un_path_offset = 2;
constexpr std::size_t un_path_size = 108;

struct Family {
  uint16_t number;
  uint16_t smallest;  // bytes that make it more than a struct sockaddr
  uint32_t record;
};

// Families by number (linux/socket.h). Of sockaddr_in6 the scope id, of sockaddr_ll nothing may be missing.
constexpr std::array families = {
    Family{1, 3, spec::ids::record_sockaddr_un},    Family{2, 16, spec::ids::record_sockaddr_in},
    Family{10, 24, spec::ids::record_sockaddr_in6}, Family{16, 12, spec::ids::record_sockaddr_nl},
    Family{17, 20, spec::ids::record_sockaddr_ll},  Family{42, 12, spec::ids::record_sockaddr_qrtr},
    Family{40, 16, spec::ids::record_sockaddr_vm},  Family{44, 16, spec::ids::record_sockaddr_xdp},
};

uint32_t record_of(std::span<const uint8_t> address) {
  const uint64_t family = load(address.data(), 2);
  for (const Family& f : families) {
    if (f.number == family && address.size() >= f.smallest) return f.record;
  }
  return spec::ids::record_sockaddr_raw;
}

}  // namespace

// params[0]: how long the address is said to be; what cannot be read in full shows as where it would be.
void sockaddr(ViewContext& context, const ViewValue& value) {
  const auto length = static_cast<int64_t>(value.params.empty() ? value.bytes.size() : value.params[0]);
  const auto wanted = static_cast<std::size_t>(std::clamp<int64_t>(length, 0, storage_size));
  if (wanted < 2 || value.bytes.size() < wanted) return context.sink.address(value.address);
  const auto bytes = value.bytes.first(wanted);
  context.show_record(record_of(bytes), bytes);
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
    const uint8_t byte = value.bytes[k];
    if (byte == 0) {
      context.sink.expression(0, "00");
    } else {
      context.sink.number({.value = byte, .width = 1, .base = Base::hex});
    }
  }
  if (said > count) context.sink.elided();
  context.sink.end();
}

}  // namespace ktrace::decode::views
