// Values of socket options (getsockopt(2), socket(7)). Options that are ints show as [1]; getsockopt may ask for fewer
// bytes than that, setsockopt may not. Of an option that nobody describes four bytes are a number, others text.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr std::size_t int_size = 4;
constexpr unsigned level_argument = 1;
constexpr unsigned length_argument = 4;
constexpr std::size_t filter_size = 4;

// How long the caller says the option is; after getsockopt, what the kernel says, if there was room for anything.
int64_t option_length(ViewContext& context) {
  const uint64_t length = context.argument(length_argument);
  if (context.phase == Phase::entry) return static_cast<int32_t>(length);
  if (static_cast<int64_t>(context.call.decoding.saved[length_argument]) <= 0) return 0;
  return static_cast<int32_t>(read_integer(context, length, int_size).value_or(0));
}

// All of it or nothing. Of what the kernel reads a negative length is no length: nobody knows how much there is.
void show_option(ViewContext& context, Address from, int64_t length, Bytes::Kind kind) {
  if (context.phase == Phase::exit && length <= 0) return context.sink.address(from);
  context.show_bytes(from, length < 0 ? UINT32_MAX : static_cast<uint64_t>(length), kind);
}

// True if there is an int to show; shows what else there is.
bool has_int(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() >= int_size) return true;
  const int64_t length = context.phase == Phase::exit ? option_length(context) : 0;
  if (length > 0 && length < static_cast<int64_t>(int_size)) {
    context.show_bytes(value.address, static_cast<uint64_t>(length), Bytes::Kind::hex);
  } else {
    context.sink.address(value.address);
  }
  return false;
}

template <class Show>
void show_int(ViewContext& context, const ViewValue& value, Show show) {
  context.sink.begin(Shape::array);
  show(load(value.bytes.data(), int_size));
  context.sink.end();
}

// A number with one name, or none.
void show_named(ViewContext& context, Symbols number, std::string_view name) {
  number.base = Base::decimal;
  number.names = {&name, name.empty() ? 0u : 1u};
  number.rest = name.empty() ? number.value : 0;
  context.sink.symbols(number);
}

}  // namespace

void sockopt_int(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    context.sink.number({.value = sign_extend(number, int_size), .width = int_size, .is_signed = true});
  });
}

// strace takes the lengths of TIPC's options for granted when the kernel reads them; and what it wrote counts as a
// whole number whatever length it gave.
void sockopt_whole_int(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t tipc = 271;
  std::array<uint8_t, int_size> bytes{};
  const bool whole =
      context.phase == Phase::exit ? option_length(context) > 0 : context.argument(level_argument) == tipc;
  if (value.bytes.size() < int_size && !(whole && context.memory.read_all(value.address, bytes)))
    return context.sink.address(value.address);
  if (value.bytes.size() >= int_size) std::copy_n(value.bytes.begin(), int_size, bytes.begin());
  show_int(context, ViewValue{.bytes = bytes, .address = value.address, .params = {}}, [&](uint64_t number) {
    context.sink.number({.value = sign_extend(number, int_size), .width = int_size, .is_signed = true});
  });
}

void sockopt_importance(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() < int_size) return context.sink.address(value.address);
  show_int(context, value, [&](uint64_t number) { context.show_set(ids::set_tipc_importance, number, int_size); });
}

// Of levels where all is numbers the options that nobody knows are numbers too.
void sockopt_any(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t netlink = 270;
  constexpr uint64_t tipc = 271;
  const uint64_t level = context.argument(level_argument);
  if (level == netlink || level == tipc) return sockopt_whole_int(context, value);
  const int64_t length = option_length(context);
  if (length != static_cast<int64_t>(int_size)) return show_option(context, value.address, length, Bytes::Kind::data);
  sockopt_int(context, value);
}

void sockopt_error(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    show_named(context, {.value = number, .width = int_size}, base::error_name(static_cast<int>(number)).name);
  });
}

void sockopt_txrehash(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    const Symbols shown{
        .value = sign_extend(number, int_size), .width = int_size, .is_signed = true, .unknown = "SOCK_TXREHASH_???"};
    show_named(context, shown, find_name(spec::sets[ids::set_txrehash], number, context.abi));
  });
}

void sockopt_ipproto(ViewContext& context, const ViewValue& value) {
  const int64_t length = option_length(context);
  if (length != static_cast<int64_t>(int_size)) return show_option(context, value.address, length, Bytes::Kind::hex);
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) { context.show_set(ids::set_ipproto, number, int_size); });
}

// Two ports in one number: the lower in the low half, 0 for "no limit".
void sockopt_port_range(ViewContext& context, const ViewValue& value) {
  const int64_t length = option_length(context);
  if (length != static_cast<int64_t>(int_size)) return show_option(context, value.address, length, Bytes::Kind::hex);
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    const uint64_t low = number & 0xffff;
    const uint64_t high = number >> 16;
    char text[32];
    auto* end = text;
    if (low != 0) end = fmt::format_to(end, "{}", low);
    end = fmt::format_to(end, "..");
    if (high != 0) end = fmt::format_to(end, "{}", high);
    const std::string_view range{text, static_cast<std::size_t>(end - text)};
    context.sink.symbols(
        {.value = number, .width = int_size, .names = {&range, number == 0 ? 0u : 1u}, .annotated = true});
  });
}

// Whole numbers, as many as there was room for: the kernel says how many there are.
void sockopt_groups(ViewContext& context, const ViewValue& value) {
  const auto room = static_cast<int64_t>(context.call.decoding.saved[length_argument]);
  const int64_t length = std::min(option_length(context), room);
  if (length <= 0) return context.sink.address(value.address);
  show_integers(context, value.address.value, static_cast<uint64_t>(length) / int_size, int_size,
                [&](uint64_t number) { show_unsigned(context.sink, number); });
}

// Types of messages that are filtered out; when most are, those that are not.
void icmp_filter(ViewContext& context, const ViewValue& value) {
  constexpr unsigned bits = 32;
  uint8_t bytes[filter_size] = {0xff, 0xff, 0xff, 0xff};
  const auto given = std::clamp<int64_t>(option_length(context), 0, filter_size);
  const auto size = static_cast<std::size_t>(given);
  if (size == 0 || value.bytes.size() < size) return context.sink.address(value.address);
  std::copy_n(value.bytes.begin(), size, bytes);
  uint64_t mask = load(bytes, filter_size);
  const auto set = static_cast<unsigned>(__builtin_popcountll(mask));
  const bool inverted = set > bits / 2;
  if (inverted) mask = ~mask & 0xffffffff;
  context.sink.begin(Shape::set, inverted ? "~" : "");
  for (unsigned k = 0; k < bits; ++k) {
    if (mask >> k & 1) context.show_set(ids::set_icmp_type, k, 1);
  }
  context.sink.end();
}

void sockopt_group_req(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t size = 16;  // of struct tipc_group_req
  if (value.bytes.size() < size) return context.sink.address(value.address);
  context.show_record(ids::record_tipc_group_req, value.bytes.first(size));
}

void tcp_ao_key(ViewContext& context, const ViewValue& value) {
  const auto size = static_cast<std::size_t>(std::min<uint64_t>(value.params[0], value.bytes.size()));
  context.sink.string(
      {.bytes = {reinterpret_cast<const char*>(value.bytes.data()), size}, .kind = Bytes::Kind::hex, .length = size});
}

void sockopt_tcp_ao_add(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t size = 288;  // of struct tcp_ao_add
  const int64_t length = option_length(context);
  const std::size_t wanted = length <= 0 ? 0 : std::min(static_cast<std::size_t>(length), size);
  if (wanted == 0 || value.bytes.size() < wanted) return context.sink.address(value.address);
  std::array<uint8_t, size> bytes{};
  std::copy_n(value.bytes.begin(), wanted, bytes.begin());
  context.show_record(ids::record_tcp_ao_add, bytes);
}

// Only where it is: what it points to is shown by nobody.
void sockopt_filter(ViewContext& context, const ViewValue& value) {
  context.sink.address(value.address);
}

// 01:02:03:04:05:06
void hardware_address(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t longest = 32;
  const std::size_t given = value.params.empty() ? value.bytes.size() : static_cast<std::size_t>(value.params[0]);
  const std::size_t count = std::min({given, value.bytes.size(), longest});
  std::array<char, 3 * longest> text{};
  auto* end = text.data();
  for (std::size_t k = 0; k < count; ++k) {
    end = fmt::format_to(end, "{}{:02x}", k == 0 ? "" : ":", value.bytes[k]);
  }
  const std::string_view shown{text.data(), static_cast<std::size_t>(end - text.data())};
  if (count == 0) return context.sink.expression(Expression{.raw_text = "\"\""});
  context.sink.expression(
      Expression{.text = shown, .bytes = {reinterpret_cast<const char*>(value.bytes.data()), count}, .plain = shown});
}

}  // namespace ktrace::decode::views
