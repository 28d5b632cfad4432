// The number of an ioctl: its name, or what it is made of (asm-generic/ioctl.h): direction, letter, number, size.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/walker.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

// Three numbers were given out twice, to terminals and to sound devices. What the descriptor refers to decides, if that
// is a terminal; otherwise both names stand.
constexpr uint64_t first_twofold = 0x5402;
constexpr uint64_t last_twofold = 0x5404;

bool is_terminal(ViewContext& context) {
  const std::string_view path = context.descriptors.path(static_cast<int>(context.argument(0)));
  constexpr std::string_view terminals[] = {"/dev/pts/", "/dev/tty", "/dev/ptmx", "/dev/console", "/dev/hvc"};
  return std::any_of(std::begin(terminals), std::end(terminals),
                     [path](std::string_view prefix) { return path.starts_with(prefix); });
}

}  // namespace

void ioctl_op(ViewContext& context, const ViewValue& value) {
  const spec::Select& select = spec::selects[spec::ids::select_ioctl_arg];
  if (const spec::Case* found = Walker::find_case(select, value.number, 0, context.abi)) {
    std::string_view name = text(found->name);
    const bool twofold = value.number >= first_twofold && value.number <= last_twofold;
    if (twofold && is_terminal(context)) name = name.substr(name.rfind(' ') + 1);
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
