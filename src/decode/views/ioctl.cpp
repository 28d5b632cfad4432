// The number of an ioctl: its name, or what it is made of (asm-generic/ioctl.h): direction, letter, number, size.
#include <fmt/format.h>

#include <string>

#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/walker.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

void ioctl_op(ViewContext& context, const ViewValue& value) {
  const spec::Select& select = spec::selects[spec::ids::select_ioctl_arg];
  if (const spec::Case* found = Walker::find_case(select, value.number, 0, context.abi)) {
    const std::string_view name = text(found->name);
    return context.sink.symbols({.value = value.number, .width = 4, .names = {&name, 1}});
  }
  constexpr std::string_view directions[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
  const auto hex = [](uint64_t n) { return n == 0 ? std::string("0") : fmt::format("{:#x}", n); };
  char buffer[96];
  const auto end =
      fmt::format_to_n(buffer, sizeof buffer, "_IOC({}, {}, {}, {})", directions[value.number >> 30],
                       hex(value.number >> 8 & 0xff), hex(value.number & 0xff), hex(value.number >> 16 & 0x3fff));
  context.sink.expression(Expression{.raw = value.number, .text = {buffer, end.size}});
}

// Only the lower half of the 64 bits is a descriptor.
void clone_source(ViewContext& context, const ViewValue& value) {
  context.show_fd(static_cast<int32_t>(value.number));
}

}  // namespace ktrace::decode::views
