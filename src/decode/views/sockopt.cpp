// Values of socket options (getsockopt(2), socket(7)). Options that are ints show as [1]; getsockopt may ask for fewer
// bytes than that, setsockopt may not. Of an option that nobody describes four bytes are a number, others text.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/errors.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr std::size_t int_size = 4;
constexpr std::size_t filter_size = 4;

void show_hex(ViewContext& context, const ViewValue& value) {
  const std::size_t shown = std::min<std::size_t>(value.bytes.size(), context.options.string_limit);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(value.bytes.data()), shown},
                       .kind = Bytes::Kind::hex,
                       .cut = shown < value.bytes.size(),
                       .length = value.bytes.size()});
}

// True if there is an int to show; shows what else there is.
bool has_int(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() >= int_size) return true;
  if (context.phase == Phase::entry || value.bytes.empty()) {
    context.sink.address(value.address);
  } else {
    show_hex(context, value);
  }
  return false;
}

template <class Show>
void show_int(ViewContext& context, const ViewValue& value, Show show) {
  context.sink.begin(Shape::array);
  show(load(value.bytes.data(), int_size));
  context.sink.end();
}

void show_named(ViewContext& context, uint64_t number, std::string_view name, std::string_view unknown) {
  context.sink.symbols({.value = number,
                        .width = int_size,
                        .base = Base::decimal,
                        .names = {&name, name.empty() ? 0u : 1u},
                        .rest = name.empty() ? number : 0,
                        .unknown = unknown});
}

}  // namespace

void sockopt_int(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    context.sink.number({.value = sign_extend(number, int_size), .width = int_size, .is_signed = true});
  });
}

void sockopt_any(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() == int_size) return sockopt_int(context, value);
  if (context.phase == Phase::exit && value.bytes.empty()) return context.sink.address(value.address);
  constexpr unsigned length_argument = 4;
  if (value.bytes.empty() && context.argument(length_argument) != 0) {  // negative: nobody knows how much there is
    return context.show_bytes(value.address, UINT32_MAX, Bytes::Kind::data);
  }
  const std::size_t shown = std::min<std::size_t>(value.bytes.size(), context.options.string_limit);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(value.bytes.data()), shown},
                       .kind = Bytes::Kind::data,
                       .cut = shown < value.bytes.size(),
                       .length = value.bytes.size()});
}

void sockopt_error(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value,
           [&](uint64_t number) { show_named(context, number, base::error_name(static_cast<int>(number)).name, {}); });
}

void sockopt_txrehash(ViewContext& context, const ViewValue& value) {
  if (!has_int(context, value)) return;
  show_int(context, value, [&](uint64_t number) {
    show_named(context, number, find_name(spec::sets[ids::set_txrehash], number, context.abi), "SOCK_TXREHASH_???");
  });
}

void sockopt_ipproto(ViewContext& context, const ViewValue& value) {
  if (value.bytes.empty()) return context.sink.address(value.address);
  if (value.bytes.size() != int_size) return show_hex(context, value);
  show_int(context, value, [&](uint64_t number) { context.show_set(ids::set_ipproto, number, int_size); });
}

// Two ports in one number: the lower in the low half, 0 for "no limit".
void sockopt_port_range(ViewContext& context, const ViewValue& value) {
  if (value.bytes.size() != int_size) {
    if (value.bytes.empty() && context.phase == Phase::exit) return context.sink.address(value.address);
    return show_hex(context, value);
  }
  show_int(context, value, [&](uint64_t number) {
    context.sink.number({.value = number, .width = int_size, .base = Base::hex});
    const uint64_t low = number & 0xffff;
    const uint64_t high = number >> 16;
    if (number == 0) return;
    char text[32];
    auto* end = text;
    if (low != 0) end = fmt::format_to(end, "{}", low);
    end = fmt::format_to(end, "..");
    if (high != 0) end = fmt::format_to(end, "{}", high);
    context.sink.comment({text, static_cast<std::size_t>(end - text)});
  });
}

void sockopt_groups(ViewContext& context, const ViewValue& value) {
  if (value.bytes.empty()) return context.sink.address(value.address);
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < value.bytes.size() / int_size; ++k) {
    if (context.options.abbreviate && k == context.options.string_limit) {
      context.sink.elided();
      break;
    }
    context.sink.number({.value = load(value.bytes.data() + k * int_size, int_size), .width = int_size});
  }
  context.sink.end();
}

// Types of messages that are filtered out; when most are, those that are not.
void icmp_filter(ViewContext& context, const ViewValue& value) {
  if (value.bytes.empty()) return context.sink.address(value.address);
  constexpr unsigned bits = 32;
  uint8_t bytes[filter_size] = {0xff, 0xff, 0xff, 0xff};
  if (!context.memory.read_all(value.address, std::span(bytes).first(std::min(value.bytes.size(), filter_size)))) {
    return context.sink.address(value.address);
  }
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

// The program of a socket filter; what is not under -v is only where it is.
void bpf_program(ViewContext& context, const ViewValue& value) {
  context.sink.address(value.address);
}

// Only where it is: what it points to is shown by nobody.
void sockopt_filter(ViewContext& context, const ViewValue& value) {
  context.sink.address(value.address);
}

// 01:02:03:04:05:06
void hardware_address(ViewContext& context, const ViewValue& value) {
  const std::size_t count =
      std::min<std::size_t>(value.params.empty() ? value.bytes.size() : value.params[0], value.bytes.size());
  std::array<char, 3 * 32> text{};
  auto* end = text.data();
  for (std::size_t k = 0; k < std::min<std::size_t>(count, 32); ++k) {
    end = fmt::format_to(end, "{}{:02x}", k == 0 ? "" : ":", value.bytes[k]);
  }
  context.sink.word({text.data(), static_cast<std::size_t>(end - text.data())});
}

}  // namespace ktrace::decode::views
