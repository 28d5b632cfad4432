// What netlink messages need beyond tables: types and flags that depend on the protocol and on each other, error
// numbers, addresses of either family, and lists of settings that go by their index.
#include <fmt/core.h>

#include <string>

#include "base/errors.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/views/inet.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

enum Protocol : uint64_t { route = 0, sock_diag = 4 };

constexpr uint64_t first_own_type = 16;  // below: the same for every protocol
constexpr uint64_t error_type = 2;

uint32_t types_of(uint64_t protocol) {
  if (protocol == route) return ids::set_route_type;
  if (protocol == sock_diag) return ids::set_diag_type;
  return ids::set_nlmsg_control;
}

// RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK and RTM_SETLINK differ in the two low bits, and so for all objects.
uint32_t flags_of(uint64_t protocol, uint64_t type) {
  if (type == error_type) return ids::set_nlmsg_flags_error;
  if (type < first_own_type) return ids::set_nlmsg_flags_plain;
  if (protocol == sock_diag) return ids::set_nlmsg_flags_get;
  if (protocol != route) return ids::set_nlmsg_flags_plain;
  constexpr uint32_t by_kind[] = {ids::set_nlmsg_flags_new, ids::set_nlmsg_flags_delete, ids::set_nlmsg_flags_get,
                                  ids::set_nlmsg_flags_plain};
  return by_kind[type & 3];
}

void show_hex(ViewContext& context, std::span<const uint8_t> bytes) {
  const std::size_t shown = std::min<std::size_t>(bytes.size(), context.options.string_limit);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), shown},
                       .kind = Bytes::Kind::hex,
                       .cut = shown < bytes.size(),
                       .length = bytes.size()});
}

// A list of numbers, each with the name of its index.
struct Indexed {
  uint32_t names;
  unsigned width;
  bool is_signed;
  std::string_view suffix;   // after the name
  std::string_view unknown;  // `IPSTATS_MIB_???`
};

void show_indexed(ViewContext& context, const ViewValue& value, const Indexed& kind) {
  if (value.bytes.size() < kind.width) return show_hex(context, value.bytes);
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < value.bytes.size() / kind.width; ++k) {
    if (context.options.abbreviate && k == context.options.string_limit) {
      context.sink.elided();
      break;
    }
    const std::string_view name = find_name(spec::sets[kind.names], k, context.abi);
    const std::string label =
        name.empty() ? fmt::format("[{} /* {} */]", k, kind.unknown) : fmt::format("[{}{}]", name, kind.suffix);
    context.sink.field(label);
    const uint64_t number = load(value.bytes.data() + k * kind.width, kind.width);
    context.sink.number({.value = kind.is_signed ? sign_extend(number, kind.width) : number,
                         .width = static_cast<uint8_t>(kind.width),
                         .is_signed = kind.is_signed});
  }
  context.sink.end();
}

}  // namespace

void nlmsg_type(ViewContext& context, const ViewValue& value) {
  const bool own = value.number >= first_own_type;
  context.show_set(own ? types_of(value.params[0]) : ids::set_nlmsg_control, value.number, 2);
}

void nlmsg_flags(ViewContext& context, const ViewValue& value) {
  context.show_set(flags_of(value.params[0], value.params[1]), value.number, 2);
}

void nlmsg_result(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() != 4) return show_hex(context, value.bytes);
  context.sink.number({.value = sign_extend(load(value.bytes.data(), 4), 4), .width = 4, .is_signed = true});
}

void netlink_errno(ViewContext& context, const ViewValue& value) {
  const auto number = static_cast<int64_t>(value.number);
  const std::string_view name = number < 0 ? base::error_name(static_cast<int>(-number)).name : std::string_view{};
  if (name.empty()) return context.sink.number({.value = value.number, .width = 4, .is_signed = true});
  const std::string text = fmt::format("-{}", name);
  const std::string_view shown = text;
  context.sink.symbols(
      {.value = value.number, .width = 4, .is_signed = true, .base = Base::decimal, .names = {&shown, 1}});
}

void family_address(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t inet = 2;
  constexpr uint64_t inet6 = 10;
  const uint64_t family = value.params.empty() ? 0 : value.params[0];
  if (family == inet && value.bytes.size() >= 4) return show_inet4(context.sink, value.bytes.first<4>());
  if (family == inet6 && value.bytes.size() >= 16) return show_inet6(context.sink, value.bytes.first<16>());
  show_hex(context, value.bytes);
}

void inet6_token(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() < 16) return show_hex(context, value.bytes);
  show_inet6(context.sink, value.bytes.first<16>());
}

void ipv4_settings(ViewContext& context, const ViewValue& value) {
  show_indexed(context, value, {ids::set_ipv4_setting, 4, true, "-1", "IPV4_DEVCONF_???"});
}

void ipv6_settings(ViewContext& context, const ViewValue& value) {
  show_indexed(context, value, {ids::set_ipv6_setting, 4, true, "", "DEVCONF_???"});
}

void ipv6_counters(ViewContext& context, const ViewValue& value) {
  show_indexed(context, value, {ids::set_ipv6_counter, 8, false, "", "IPSTATS_MIB_???"});
}

void icmp6_counters(ViewContext& context, const ViewValue& value) {
  show_indexed(context, value, {ids::set_icmp6_counter, 8, false, "", "ICMP6_MIB_???"});
}

}  // namespace ktrace::decode::views
