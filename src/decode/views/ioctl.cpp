// The number of an ioctl: its name, or what it is made of (asm-generic/ioctl.h): direction, letter, number, size; and
// the data of those that are not described.
#include <fmt/core.h>

#include <algorithm>
#include <array>
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

// What asm-generic/ioctl.h makes a request of.
struct Request {
  static constexpr std::size_t largest = 0x3fff;
  uint64_t number;

  [[nodiscard]] uint64_t size() const { return number >> 16 & largest; }
  [[nodiscard]] unsigned direction() const { return number >> 30 & 3; }
  [[nodiscard]] bool is_write() const { return direction() == 1; }
  [[nodiscard]] bool is_read() const { return direction() == 2; }
  [[nodiscard]] uint64_t letter() const { return number >> 8 & 0xff; }
  [[nodiscard]] uint64_t index() const { return number & 0xff; }
};

// Of these strace has descriptions; what it does not know among them stays a number.
constexpr std::array<uint8_t, 35> known_letters{0x03, 0x12, 0x15, 0x21, 0x22, 0x24, 0x3d, 0x3e, 0x45, 0x49, 0x4b, 0x4c,
                                                0x4d, 0x4f, 0x52, 0x54, 0x56, 0x57, 0x58, 0x66, 0x69, 0x6f, 0x70, 0x75,
                                                0x89, 0x8a, 0x94, 0xa4, 0xaa, 0xab, 0xae, 0xb4, 0xb7, 0xfd, 0xff};

bool is_known_letter(uint64_t letter) {
  return std::ranges::find(known_letters, letter) != known_letters.end();
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
  const Request request{value.number};
  const auto end = fmt::format_to_n(buffer, sizeof buffer, "_IOC({}, {}, {}, {})", directions[request.direction()],
                                    hex(request.letter()), hex(request.index()), hex(request.size()));
  context.sink.expression(Expression{.raw = value.number, .text = {buffer, end.size}});
}

// What only the request tells of: its size, and who writes. Shown with -v alone; after the call even if that failed.
// strace does so where it knows none of a letter's requests.
void ioctl_data(ViewContext& context, const ViewValue& value) {
  const Request request{context.argument(1)};
  const bool after = context.phase == Phase::exit;
  const auto number = [&] {
    context.sink.number({value.number, static_cast<uint8_t>(context.long_bytes()), false, Base::hex});
  };
  if (request.size() == 0 || context.options.abbreviate || is_known_letter(request.letter())) return number();
  if (request.is_read() && !after) {
    context.left_open = true;
    return;
  }
  if (after && !request.is_read()) context.sink.changed();
  std::array<uint8_t, Request::largest> bytes{};
  const std::size_t shown = std::min<std::size_t>(request.size(), context.options.string_limit);
  const bool cut = shown < request.size();
  if (!context.memory.read_all({value.number}, std::span(bytes).first(shown + (cut ? 1 : 0)))) return number();
  context.sink.string({.bytes = {reinterpret_cast<const char*>(bytes.data()), shown},
                       .kind = Bytes::Kind::hex,
                       .cut = cut,
                       .length = request.size()});
  context.left_open = !after && !request.is_write();
}

// Only the lower half of the 64 bits is a descriptor.
void clone_source(ViewContext& context, const ViewValue& value) {
  context.show_fd(static_cast<int32_t>(value.number));
}

}  // namespace ktrace::decode::views
