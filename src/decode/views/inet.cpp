// Values in network byte order and what stands for them in C: htons(80), inet_addr("127.0.0.1"), inet_pton(...). Under
// -X raw they are the bytes in memory. Interfaces go by the name that ktrace's own network namespace has for them.
#include "decode/views/inet.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <array>

#include "base/quote.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

std::string_view raw_bytes(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A number as `width` bytes in network order.
std::array<uint8_t, 4> network_order(uint64_t value, unsigned width) {
  std::array<uint8_t, 4> out{};
  for (unsigned k = 0; k < width; ++k) out[k] = static_cast<uint8_t>(value >> 8 * (width - 1 - k));
  return out;
}

void show_swapped(ValueSink& sink, std::string_view function, uint64_t value, unsigned width) {
  const auto bytes = network_order(value, width);
  char text[48];
  const auto end = fmt::format_to_n(text, sizeof text, "{}({})", function, value);
  sink.expression(Expression{.raw = value, .text = {text, end.size}, .bytes = raw_bytes({bytes.data(), width})});
}

constexpr uint8_t link_local_first = 0xfe;

bool is_link_local(std::span<const uint8_t> address) {
  const bool unicast = address[0] == link_local_first && (address[1] & 0xc0) == 0x80;
  const bool multicast = address[0] == 0xff && (address[1] & 0x0f) == 0x02;
  return unicast || multicast;
}

}  // namespace

void show_inet4(ValueSink& sink, std::span<const uint8_t, 4> bytes) {
  char address[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, bytes.data(), address, sizeof address);
  char text[48];
  const auto end = fmt::format_to_n(text, sizeof text, "inet_addr(\"{}\")", address);
  sink.expression(
      Expression{.raw = load(bytes.data(), 4), .text = {text, end.size}, .bytes = raw_bytes(bytes), .plain = address});
}

void show_inet6(ValueSink& sink, std::span<const uint8_t, 16> bytes, std::string_view member) {
  char address[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, bytes.data(), address, sizeof address);
  char text[80];
  char labelled[112];
  const auto end = fmt::format_to_n(text, sizeof text, "inet_pton(AF_INET6, \"{}\")", address);
  const auto labelled_end =
      fmt::format_to_n(labelled, sizeof labelled, "inet_pton(AF_INET6, \"{}\", &{})", address, member);
  Expression value{.text = {text, end.size}, .bytes = raw_bytes(bytes), .plain = address};
  if (!member.empty()) value.unlabelled = {labelled, labelled_end.size};
  sink.expression(value);
}

void show_interface(ViewContext& context, uint32_t index) {
  const std::string_view name = context.descriptors.interface_name(index);
  if (name.empty()) return context.sink.number({.value = index, .width = 4});
  // Whoever has a network namespace names the interfaces in it, with any bytes but blanks and slashes.
  std::string text = "if_nametoindex(";
  base::append_quoted(text, name);
  text += ')';
  context.sink.expression(Expression{.raw = index, .base = Base::decimal, .text = text, .plain = name});
}

void show_ether_type(ViewContext& context, uint16_t number) {
  const auto type = static_cast<uint16_t>(number >> 8 | number << 8);
  const std::string_view name = find_name(spec::sets[spec::ids::set_ether_proto], type, context.abi);
  const auto bytes = network_order(type, 2);
  char text[96];
  const auto end = name.empty() ? fmt::format_to_n(text, sizeof text, "htons({:#x} /* ETH_P_??? */)", type)
                                : fmt::format_to_n(text, sizeof text, "htons({})", name);
  std::string_view shown{text, end.size};
  if (type == 0) shown = "htons(0 /* ETH_P_??? */)";
  context.sink.expression(Expression{.raw = type, .text = shown, .bytes = raw_bytes({bytes.data(), 2})});
}

void inet_port(ViewContext& context, const ViewValue& value) {
  show_swapped(context.sink, "htons", value.number, 2);
}

void inet_htonl(ViewContext& context, const ViewValue& value) {
  show_swapped(context.sink, "htonl", value.number, 4);
}

void inet4(ViewContext& context, const ViewValue& value) {
  uint8_t bytes[4];
  for (unsigned k = 0; k < 4; ++k) bytes[k] = static_cast<uint8_t>(value.number >> 8 * k);
  show_inet4(context.sink, bytes);
}

void inet6(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() < 16) return context.sink.word("???");
  const std::string_view member =
      find_name(spec::sets[spec::ids::set_inet6_member], value.params.empty() ? 0 : value.params[0], context.abi);
  show_inet6(context.sink, value.bytes.first<16>(), member);
}

void ether_type(ViewContext& context, const ViewValue& value) {
  show_ether_type(context, static_cast<uint16_t>(value.number));
}

// Of socket(2): a number that was made by htons, not bytes in memory.
void sock_ether_type(ViewContext& context, const ViewValue& value) {
  const auto number = static_cast<uint16_t>(value.number);
  context.sink.begin(Shape::call, "htons");
  context.show_set(spec::ids::set_ether_proto, static_cast<uint16_t>(number >> 8 | number << 8), 2);
  context.sink.end();
}

void ifindex(ViewContext& context, const ViewValue& value) {
  show_interface(context, static_cast<uint32_t>(value.number));
}

// sin6_scope_id is an interface only for link-local addresses; `value.params[0]` holds the address's first bytes.
void scope_id(ViewContext& context, const ViewValue& value) {
  const uint8_t address[] = {static_cast<uint8_t>(value.params[0]), static_cast<uint8_t>(value.params[0] >> 8)};
  if (is_link_local(address)) return show_interface(context, static_cast<uint32_t>(value.number));
  context.sink.number({.value = value.number, .width = 4});
}

void nl_groups(ViewContext& context, const ViewValue& value) {
  char text[16];
  const auto end = value.number == 0 ? fmt::format_to_n(text, sizeof text, "00000000")
                                     : fmt::format_to_n(text, sizeof text, "{:#08x}", value.number);
  context.sink.expression(value.number, {text, end.size});
}

}  // namespace ktrace::decode::views
