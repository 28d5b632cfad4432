// The number of an ioctl: its name, or what it is made of (asm-generic/ioctl.h): direction, letter, number, size; and
// the data of those that are not described.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>

#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/views/answers.h"
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
  [[nodiscard]] uint64_t without_size() const { return number & ~(uint64_t{largest} << 16); }
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

std::string parameter(ViewContext& context, uint32_t set, uint64_t value, std::string_view unknown) {
  const std::string_view name = find_name(spec::sets[set], value, context.abi);
  if (!name.empty()) return std::string(name);
  return value == 0 ? "0" : fmt::format("{:#x} /* {} */", value, unknown);
}

// Of an input device: kinds of events and axes are part of the number.
constexpr uint64_t kinds = 0x20, axes_read = 0x40, axes_written = 0xc0, axes = 0x40;

bool is_axis(const Request& request) {
  const uint64_t first = request.is_read() ? axes_read : axes_written;
  return request.letter() == 'E' && (request.is_read() || request.is_write()) && request.index() >= first &&
         request.index() < first + axes;
}

std::string input_request(ViewContext& context, const Request& request) {
  const uint64_t index = request.index();
  if (request.is_read() && index >= kinds && index < axes_read) {
    const std::string kind = parameter(context, spec::ids::set_input_event_kind, index - kinds, "EV_???");
    return fmt::format("EVIOCGBIT({}, {})", kind, request.size());
  }
  if (!is_axis(request)) return {};
  const uint64_t first = request.is_read() ? axes_read : axes_written;
  const std::string axis = parameter(context, spec::ids::set_input_axis, index - first, "ABS_???");
  return fmt::format("{}({})", request.is_read() ? "EVIOCGABS" : "EVIOCSABS", axis);
}

void show_axis(ViewContext& context, uint64_t address, const Request& request) {
  if (request.is_read() && context.phase == Phase::entry) {
    context.left_open = true;
    return;
  }
  if (request.is_read() && context.failed) return context.sink.address({address});
  show_whole(context, address, spec::ids::record_input_absinfo);
}

// `EVIOCGNAME(256)`, `EVIOCGABS(ABS_X)`, `MIXER_READ(4)`; empty: it is none of those whose number has a parameter.
std::string parametrized(ViewContext& context, const Request& request) {
  if (request.letter() == 'M' && request.is_read()) return fmt::format("MIXER_READ({})", request.index());
  if (request.letter() == 'M' && request.is_write()) return fmt::format("MIXER_WRITE({})", request.index());
  // As in strace, HIDIOCSFEATURE is also what only reads.
  constexpr uint64_t feature_read = 0x80004806, feature_exchanged = 0xc0004806;
  const uint64_t sized = request.without_size() == feature_read ? feature_exchanged : request.without_size();
  if (const auto name = find_name(spec::sets[spec::ids::set_sized_request], sized, context.abi); !name.empty())
    return fmt::format("{}({})", name, request.size());
  return request.letter() == 'E' ? input_request(context, request) : std::string();
}

}  // namespace

void ioctl_op(ViewContext& context, const ViewValue& value) {
  const spec::Select& select = spec::selects[spec::ids::select_ioctl_arg];
  const Request request{value.number};
  std::string with_parameter = parametrized(context, request);
  const spec::Case* found = Walker::find_case(select, value.number, 0, context.abi);
  if (found != nullptr && with_parameter.empty()) {
    std::string_view name = text(found->name);
    const bool twofold = value.number >= first_twofold && value.number <= last_twofold;
    if (twofold && is_terminal(context)) name = name.substr(name.rfind(' ') + 1);
    return context.sink.symbols({.value = value.number, .width = 4, .names = {&name, 1}});
  }
  if (!with_parameter.empty()) {
    if (found != nullptr) with_parameter.append(" or ").append(text(found->name));
    // In a comment of -X verbose there is no other one.
    std::string in_comment = with_parameter;
    if (const std::size_t begin = in_comment.find(" /*"); begin != std::string::npos)
      in_comment.erase(begin, in_comment.find("*/") + 2 - begin);
    return context.sink.expression({.raw = value.number, .text = with_parameter, .verbose = in_comment});
  }
  constexpr std::string_view directions[] = {"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
  const auto hex = [](uint64_t n) { return n == 0 ? std::string("0") : fmt::format("{:#x}", n); };
  char buffer[96];
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
  if (is_axis(request)) return show_axis(context, value.number, request);
  if (request.letter() == 'E' && (request.is_read() || request.is_write())) return context.sink.address({value.number});
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
