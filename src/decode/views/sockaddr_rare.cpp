// Members of rare socket addresses: call signs of amateur radio (ax25(4)), ports of Bluetooth in its own byte order,
// transports of RxRPC, NFC links. What they look like is strace's, down to the call sign that is not quite one.
#include "decode/views/sockaddr_rare.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "decode/views/inet.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;
using ByteSpan = std::span<const uint8_t>;

constexpr std::size_t call_size = 7;
constexpr std::size_t call_letters = 6;

// A call sign: six letters or digits, shifted left by one and padded with blanks, then a station number (SSID).
struct CallSign {
  std::array<char, 16> text{};
  std::size_t size = 0;
  bool valid = false;      // it is what ax25(4) wants
  bool printable = false;  // it can stand in a comment
};

bool fits_comment(char c) {
  return c >= ' ' && c < 0x7f && c != '*' && c != '/';
}

CallSign parse_call(ByteSpan bytes) {
  CallSign out;
  out.valid = true;
  out.printable = true;
  bool ended = false;
  std::size_t letters = 0;
  for (std::size_t k = 0; k < call_letters; ++k) {
    const auto c = static_cast<char>(bytes[k] >> 1);
    out.text[k] = c;
    if (c != ' ') letters = k + 1;
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    if (bytes[k] & 1 || (c == ' ' ? false : ended || !alphanumeric)) out.valid = false;
    if (c == ' ') ended = true;
    if (!fits_comment(c)) out.printable = false;
  }
  constexpr uint8_t station_mask = 0xf;
  const unsigned station = bytes[call_letters] >> 1 & station_mask;
  if (bytes[call_letters] & ~(station_mask << 1)) out.valid = false;
  if (letters == 0 && station != 0) out.valid = false;
  auto* end = out.text.data() + letters;
  end = letters == 0 && station == 0 ? fmt::format_to(end, "*") : fmt::format_to(end, "-{}", station);
  out.size = static_cast<std::size_t>(end - out.text.data());
  return out;
}

void show_call(ViewContext& context, ByteSpan bytes) {
  const CallSign call = parse_call(bytes);
  const std::string_view text{call.text.data(), call.size};
  if (call.valid) {
    char raw[64];
    auto* end = fmt::format_to(raw, "{{ax25_call=\"");
    for (const uint8_t byte : bytes) end = fmt::format_to(end, "\\x{:02x}", byte);
    end = fmt::format_to(end, "\"}}");
    return context.sink.expression(
        Expression{.text = text, .raw_text = {raw, static_cast<std::size_t>(end - raw)}, .plain = text});
  }
  context.sink.begin(Shape::structure);
  context.sink.field("ax25_call");
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
                       .kind = Bytes::Kind::hex,
                       .length = bytes.size()});
  context.sink.end();
  if (call.printable) context.sink.comment(text);
}

void show_family(ViewContext& context, ByteSpan address, std::string_view label) {
  context.sink.field(label);
  context.show_set(ids::set_af, load(address.data(), 2), 2);
}

constexpr std::size_t ax25_size = 16;
constexpr std::size_t ax25_count_offset = 12;
constexpr std::size_t most_digipeaters = 8;

void show_digipeaters(ViewContext& context, ByteSpan calls, std::size_t count) {
  context.sink.field("fsa_digipeater");
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < std::min(count, most_digipeaters); ++k) {
    if (calls.size() < call_size || (context.options.abbreviate && k == context.options.string_limit)) {
      context.sink.elided();
      break;
    }
    show_call(context, calls.first(call_size));
    calls = calls.subspan(call_size);
  }
  context.sink.end();
}

constexpr std::size_t nfc_size = 16;

// struct sockaddr_nfc_llcp, whose last member is a long.
std::size_t llcp_size(const ViewContext& context) {
  return context.long_bytes() == 8 ? 96 : 88;
}

// A value in the byte order of Bluetooth: htobs(L2CAP_CID_DYN_START+1). `base`: the name that it counts from, or 0.
void show_htobs(ViewContext& context, uint32_t set, uint64_t value, uint64_t base) {
  context.sink.begin(Shape::call, "htobs");
  const std::string_view exact = find_name(spec::sets[set], value, context.abi);
  if (exact.empty() && base != 0) {
    const std::string_view name = find_name(spec::sets[set], base, context.abi);
    char text[64];
    char verbose[96];
    const auto end = fmt::format_to_n(text, sizeof text, "{}+{}", name, value - base);
    const auto verbose_end = fmt::format_to_n(verbose, sizeof verbose, "{:#x} /* {} */+{}", base, name, value - base);
    context.sink.expression(Expression{.raw = value, .text = {text, end.size}, .verbose = {verbose, verbose_end.size}});
  } else {
    context.show_set(set, value, 2);
  }
  context.sink.end();
}

}  // namespace

void show_octet(ValueSink& sink, uint8_t octet) {
  if (octet == 0) return sink.expression(0, "00");
  show_hex(sink, octet, 1);
}

// Digipeaters follow in struct full_sockaddr_ax25. Bytes that are no whole one are only hinted at.
bool show_ax25(ViewContext& context, ByteSpan address) {
  if (address.size() < ax25_size) return false;
  const auto count = static_cast<int32_t>(load(address.data() + ax25_count_offset, 4));
  if (address.size() == ax25_size && count == 0) {
    context.show_record(ids::record_sockaddr_ax25, address);
    return true;
  }
  context.sink.begin(Shape::structure);
  show_family(context, address, "sa_family");
  context.sink.field("fsa_ax25");
  context.show_record(ids::record_ax25_station, address.subspan(2, ax25_size - 2));
  const ByteSpan calls = address.subspan(ax25_size);
  if (count > 0) show_digipeaters(context, calls, static_cast<std::size_t>(count));
  if (calls.size() > most_digipeaters * call_size || calls.size() % call_size != 0) context.sink.elided();
  context.sink.end();
  return true;
}

bool show_nfc(ViewContext& context, ByteSpan address) {
  if (address.size() < nfc_size) return false;
  if (address.size() >= llcp_size(context)) {
    context.show_record(ids::record_sockaddr_nfc_llcp, address);
  } else if (address.size() == nfc_size) {
    context.show_record(ids::record_sockaddr_nfc, address);
  } else {
    context.sink.begin(Shape::structure);
    show_family(context, address, "sa_family");
    context.sink.field("dev_idx");
    show_interface(context, static_cast<uint32_t>(load(address.data() + 4, 4)));
    context.sink.field("target_idx");
    show_hex(context.sink, load(address.data() + 8, 4), 4);
    context.sink.field("nfc_protocol");
    context.show_set(ids::set_nfc_protocol, load(address.data() + 12, 4), 4);
    context.sink.elided();
    context.sink.end();
  }
  return true;
}

void ax25_call(ViewContext& context, const ViewValue& value) {
  show_call(context, value.bytes.first(call_size));
}

// The name is a comment under -X raw too.
void ax25_protocol(ViewContext& context, const ViewValue& value) {
  const spec::Set& set = spec::sets[ids::set_ax25_protocols];
  const std::string_view name = find_name(set, value.number, context.abi);
  show_hex(context.sink, value.number, context.long_bytes());
  context.sink.comment(name.empty() ? text(set.unknown) : name);
}

void ipx_network(ViewContext& context, const ViewValue& value) {
  const std::array<uint8_t, 4> bytes{static_cast<uint8_t>(value.number), static_cast<uint8_t>(value.number >> 8),
                                     static_cast<uint8_t>(value.number >> 16),
                                     static_cast<uint8_t>(value.number >> 24)};
  const uint32_t number = uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
  context.sink.begin(Shape::call, "htonl");
  show_hex(context.sink, number, 4);
  context.sink.end();
}

void hex_octet(ViewContext& context, const ViewValue& value) {
  show_octet(context.sink, static_cast<uint8_t>(value.number));
}

void bt_hci_dev(ViewContext& context, const ViewValue& value) {
  context.sink.begin(Shape::call, "htobs");
  show_unsigned(context.sink, value.number);
  context.sink.end();
}

void bt_psm(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t low_energy = 0x80;
  constexpr uint64_t low_energy_end = 0xff;
  constexpr uint64_t dynamic = 0x1001;
  uint64_t base = 0;
  if (value.number >= low_energy && value.number <= low_energy_end) base = low_energy;
  if (value.number >= dynamic) base = dynamic;
  show_htobs(context, ids::set_bt_psm_names, value.number, base);
}

void bt_cid(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t dynamic = 0x40;
  show_htobs(context, ids::set_bt_cid_names, value.number, value.number >= dynamic ? dynamic : 0);
}

// A name with a minus withdraws what was published.
void tipc_scope(ViewContext& context, const ViewValue& value) {
  const auto scope = static_cast<int64_t>(value.number);
  const auto magnitude = static_cast<uint32_t>(scope == INT8_MIN ? scope : std::abs(scope));
  const spec::Set& set = spec::sets[ids::set_tipc_scopes];
  const std::string_view name = find_name(set, magnitude, context.abi);
  context.sink.symbols({.value = magnitude,
                        .width = 4,
                        .names = {&name, name.empty() ? 0u : 1u},
                        .rest = name.empty() ? magnitude : 0,
                        .unknown = text(set.unknown),
                        .sign = scope < 0 ? "-" : ""});
}

// Not a C string: as many bytes as the length says.
void llcp_service(ViewContext& context, const ViewValue& value) {
  const auto size = static_cast<std::size_t>(std::min<uint64_t>(value.params[0], value.bytes.size()));
  context.sink.string(
      {.bytes = {reinterpret_cast<const char*>(value.bytes.data()), size}, .kind = Bytes::Kind::data, .length = size});
}

// The address of the transport's socket, if params[0] says that it is long enough for its family.
void rxrpc_transport(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t in_size = 16;
  constexpr std::size_t in6_smallest = 24;
  constexpr std::size_t in6_size = 28;
  const ByteSpan bytes = value.bytes;
  const uint64_t family = load(bytes.data(), 2);
  const bool in = family == 2;
  const bool in6 = family == 10;
  const auto length = static_cast<std::size_t>(value.params[0]);
  context.sink.begin(Shape::structure);
  if (in || in6) context.sink.field(in ? "sin" : "sin6");
  if (in && length >= in_size) {
    context.show_record(ids::record_rxrpc_sin, bytes.first(in_size));
  } else if (in6 && length >= in6_smallest) {
    const uint64_t params[] = {length};
    context.show_record(ids::record_rxrpc_sin6, bytes.first(in6_size), params);
  } else {
    if (in || in6) context.sink.begin(Shape::structure);
    show_family(context, bytes, in ? "sin_family" : in6 ? "sin6_family" : "family");
    if (const std::size_t size = std::min(length, bytes.size()); size > 2) {
      context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()) + 2, size - 2},
                           .kind = Bytes::Kind::data,
                           .length = size - 2});
    }
    if (in || in6) context.sink.end();
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
