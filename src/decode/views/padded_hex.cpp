// C's %#016x: `0x000000fee00900`, but `0000000000000000`, as 0 gets no prefix.
#include <fmt/core.h>

#include <algorithm>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {

void padded_hex(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t most = 32;
  char text[most];
  const uint64_t width = std::min(value.params[0], most);
  const char* const end = value.number == 0 ? fmt::format_to(text, "{:0{}}", 0, width)
                                            : fmt::format_to(text, "{:#0{}x}", value.number, width);
  context.sink.expression(value.number, {text, static_cast<std::size_t>(end - text)});
}

}  // namespace ktrace::decode::views
