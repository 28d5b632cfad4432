// Control messages (cmsg(3), unix(7), ip(7)): a header of a long and two ints, then data, then padding to a long. A
// list that goes on beyond what its lengths allow ends with the address where it stopped making sense.
#include "decode/views/cmsg.h"

#include <algorithm>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/view_buffer.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;
using ByteSpan = std::span<const uint8_t>;

constexpr uint64_t longest = 1u << 16;  // of all control messages; the kernel's own limit is smaller

enum Level : uint64_t { sol_ip = 0, sol_socket = 1 };

struct Header {
  uint64_t length = 0;
  uint64_t level = 0;
  uint64_t type = 0;
};

void show_string(ValueSink& sink, ByteSpan data, Bytes::Kind kind) {
  sink.string(
      {.bytes = {reinterpret_cast<const char*>(data.data()), data.size()}, .kind = kind, .length = data.size()});
}

// A name of the set; what has none gets the comment that control messages have for it.
void show_named(ViewContext& context, uint32_t set, uint64_t value, std::string_view unknown) {
  const std::string_view name = find_name(spec::sets[set], value, context.abi);
  context.sink.symbols({.value = value,
                        .width = 4,
                        .names = {&name, name.empty() ? 0u : 1u},
                        .rest = name.empty() ? value : 0,
                        .unknown = unknown});
}

// The elements of a list, as many as -s allows.
template <class Show>
void show_list(ViewContext& context, std::size_t count, Show show) {
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < count; ++k) {
    if (context.options.abbreviate && k == context.options.string_limit) {
      context.sink.elided();
      break;
    }
    show(k);
  }
  context.sink.end();
}

void show_numbers(ViewContext& context, ByteSpan data) {
  show_list(context, data.size() / 4,
            [&](std::size_t k) { context.sink.number({.value = load(data.data() + 4 * k, 4), .width = 4}); });
}

void show_octets(ViewContext& context, ByteSpan data) {
  show_list(context, data.size(),
            [&](std::size_t k) { context.sink.number({.value = data[k], .width = 1, .base = Base::hex}); });
}

// The first of `count` equal structures at the start of the data, or a list of them. Shorter data has no meaning.
void show_times(ViewContext& context, uint32_t record, std::size_t size, std::size_t count, ByteSpan data) {
  if (data.size() < size * count) return context.sink.word("???");
  if (count == 1) return context.show_record(record, data.first(size));
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < count; ++k) context.show_record(record, data.subspan(k * size, size));
  context.sink.end();
}

void show_socket_data(ViewContext& context, uint64_t type, ByteSpan data) {
  const std::size_t native_time = 2 * context.long_bytes();
  constexpr std::size_t new_time = 16;
  constexpr std::size_t stamps = 3;  // software, (unused), hardware
  switch (type) {
    case 1:  // SCM_RIGHTS
      if (data.size() < 4) break;
      return show_list(context, data.size() / 4,
                       [&](std::size_t k) { context.show_fd(static_cast<int32_t>(load(data.data() + 4 * k, 4))); });
    case 2:  // SCM_CREDENTIALS
      if (data.size() < 12) break;
      return context.show_record(ids::record_ucred, data);
    case 3: return show_string(context.sink, data, Bytes::Kind::data);  // SCM_SECURITY
    case 4:                                                             // SCM_PIDFD
      if (data.size() < 4) break;
      return context.show_fd(static_cast<int32_t>(load(data.data(), 4)));
    case 29: return show_times(context, ids::record_timeval, native_time, 1, data);        // SO_TIMESTAMP_OLD
    case 35: return show_times(context, ids::record_timespec, native_time, 1, data);       // SO_TIMESTAMPNS_OLD
    case 37: return show_times(context, ids::record_timespec, native_time, stamps, data);  // SO_TIMESTAMPING_OLD
    case 63: return show_times(context, ids::record_timeval64, new_time, 1, data);         // SO_TIMESTAMP_NEW
    case 64: return show_times(context, ids::record_timespec64, new_time, 1, data);        // SO_TIMESTAMPNS_NEW
    case 65: return show_times(context, ids::record_timespec64, new_time, stamps, data);   // SO_TIMESTAMPING_NEW
    default: break;
  }
  show_string(context.sink, data, Bytes::Kind::hex);
}

void show_ip_data(ViewContext& context, uint64_t type, ByteSpan data) {
  switch (type) {
    case 1:
    case 6:
    case 7: return show_octets(context, data);  // IP_TOS, IP_RECVOPTS, IP_RETOPTS
    case 2:
    case 23:  // IP_TTL, IP_CHECKSUM
      if (data.size() < 4) break;
      return show_numbers(context, data);
    case 3: return show_string(context.sink, data, Bytes::Kind::data);  // SCM_SECURITY
    case 8:                                                             // IP_PKTINFO
      if (data.size() < 12) break;
      return context.show_record(ids::record_in_pktinfo, data);
    case 11:  // IP_RECVERR
      if (data.size() < 32) break;
      return context.show_record(ids::record_recverr, data);
    case 20: {  // IP_ORIGDSTADDR
      if (data.size() < 16) break;
      const uint64_t length[] = {data.size()};
      return context.show_type(ids::type_sockaddr, data, length);
    }
    case 52:  // IP_PROTOCOL
      if (data.size() < 4) break;
      context.sink.begin(Shape::array);
      show_named(context, ids::set_ipproto, load(data.data(), 4), "IP_???");
      return context.sink.end();
    default: break;
  }
  show_string(context.sink, data, Bytes::Kind::hex);
}

void show_message(ViewContext& context, const Header& header, ByteSpan data) {
  ValueSink& sink = context.sink;
  sink.begin(Shape::structure);
  sink.field("cmsg_len");
  sink.number({.value = header.length, .width = static_cast<uint8_t>(context.long_bytes())});
  sink.field("cmsg_level");
  show_named(context, ids::set_sol, header.level, "SOL_???");
  sink.field("cmsg_type");
  if (header.level == sol_socket) {
    context.show_set(ids::set_scm_type, header.type, 4);
  } else if (header.level == sol_ip) {
    context.show_set(ids::set_ip_cmsg_type, header.type, 4);
  } else {
    sink.number({.value = header.type, .width = 4, .base = Base::hex});
  }
  if (!data.empty()) {
    sink.field("cmsg_data");
    if (header.level == sol_socket) {
      show_socket_data(context, header.type, data);
    } else if (header.level == sol_ip) {
      show_ip_data(context, header.type, data);
    } else {
      show_string(sink, data, Bytes::Kind::hex);
    }
  }
  sink.end();
}

}  // namespace

uint64_t show_control(ViewContext& context, Address from, uint64_t length) {
  const std::size_t unit = context.long_bytes();
  const std::size_t header_size = unit + 8;
  const auto nothing = [&] {
    context.sink.address(from);
    return uint64_t{0};
  };
  if (!from || length < header_size) return nothing();
  const ViewBuffer lent(context, std::min<uint64_t>(length, longest));
  const std::span<uint8_t> buffer = lent.bytes();
  if (!context.memory.read_all(from, buffer)) return nothing();
  ByteSpan rest = buffer;
  context.sink.begin(Shape::array);
  while (!rest.empty()) {
    if (rest.size() < header_size) {
      context.sink.unreadable({from.value + (buffer.size() - rest.size())});
      break;
    }
    const Header header{.length = load(rest.data(), context.long_bytes()),
                        .level = load(rest.data() + unit, 4),
                        .type = load(rest.data() + unit + 4, 4)};
    const std::size_t own = std::clamp<uint64_t>(header.length, header_size, rest.size());
    show_message(context, header, rest.subspan(header_size, own - header_size));
    rest = rest.subspan(std::min((own + unit - 1) / unit * unit, rest.size()));
    if (header.length < header_size && !rest.empty()) {  // nobody knows where the next one is
      context.sink.unreadable({from.value + (buffer.size() - rest.size())});
      break;
    }
  }
  context.sink.end();
  return buffer.size();
}

}  // namespace ktrace::decode::views
