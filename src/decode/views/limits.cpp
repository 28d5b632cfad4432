// Resource limits: RLIM_INFINITY by name, whole kilobytes as such: 8192*1024. Then names of threads.
#include <fmt/core.h>

#include <algorithm>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

void show_limit(ViewContext& context, uint64_t limit, uint64_t infinity, std::string_view name) {
  if (limit == infinity) {
    return context.sink.expression(Expression{.raw = limit, .base = Base::decimal, .text = name});
  }
  if (limit <= 1024 || limit % 1024 != 0) return show_unsigned(context.sink, limit);
  char text[40];
  const auto end = fmt::format_to_n(text, sizeof text, "{}*1024", limit / 1024);
  context.sink.expression(Expression{.raw = limit, .base = Base::decimal, .text = {text, end.size}});
}

}  // namespace

void rlim64(ViewContext& context, const ViewValue& value) {
  show_limit(context, value.number, UINT64_MAX, "RLIM64_INFINITY");
}

void rlim(ViewContext& context, const ViewValue& value) {
  if (is_32_bit(context.abi)) return show_limit(context, value.number, UINT32_MAX, "RLIM_INFINITY");
  rlim64(context, value);
}

// Unlike other strings this one is cut without looking at what follows: 15 characters always end in dots.
void comm_text(ViewContext& context, const ViewValue& value) {
  std::array<char, 16> text{};
  const std::size_t most = std::min<uint64_t>({value.params[0], context.options.string_limit, text.size()});
  const auto bytes = std::span(reinterpret_cast<uint8_t*>(text.data()), most);
  const bool unwritten = context.phase == Phase::exit && context.failed;
  if (value.number == 0 || unwritten) return context.sink.address({value.number});
  const std::size_t read = context.memory.read(Address{value.number}, bytes);
  const std::string_view shown = std::string_view(text.data(), read);
  const std::size_t length = std::min(shown.find('\0'), shown.size());
  if (length == read && read < most) return context.sink.address({value.number});
  context.sink.string({.bytes = shown.substr(0, length), .kind = Bytes::Kind::text, .cut = length == most});
}

void ptracer(ViewContext& context, const ViewValue& value) {
  const auto pid = static_cast<int32_t>(value.number);
  if (pid == -1) {
    static constexpr std::string_view any = "PR_SET_PTRACER_ANY";
    return context.sink.symbols(
        {.value = ~uint64_t{0}, .width = 8, .is_signed = true, .base = Base::decimal, .names = {&any, 1}});
  }
  context.show_pid(pid);
}

}  // namespace ktrace::decode::views
