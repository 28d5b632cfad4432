// User and group ids, device numbers and file modes. The kernel takes -1 for "leave it as it is" (chown(2)); the old
// calls have 16-bit ids (linux/highuid.h). Device numbers are 32 bits wide in the kernel and 64 in user space, where
// the halves of major and minor lie interleaved (makedev(3)).
#include <fmt/core.h>

#include <array>

#include "decode/view.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t type_mask = 0170000;
constexpr uint64_t permission_mask = 0777;

struct Bit {
  uint64_t value;
  std::string_view name;
};
constexpr std::array types = {Bit{0010000, "S_IFIFO"}, Bit{0020000, "S_IFCHR"}, Bit{0040000, "S_IFDIR"},
                              Bit{0060000, "S_IFBLK"}, Bit{0100000, "S_IFREG"}, Bit{0120000, "S_IFLNK"},
                              Bit{0140000, "S_IFSOCK"}};
constexpr std::array specials = {Bit{04000, "S_ISUID"}, Bit{02000, "S_ISGID"}, Bit{01000, "S_ISVTX"}};

void show_id(ViewContext& context, uint64_t value, uint64_t keep) {
  if (value == keep) return context.sink.number({.value = ~uint64_t{0}, .width = 4, .is_signed = true});
  context.sink.number({.value = value, .width = 4});
}

std::string_view type_name(uint64_t mode) {
  for (const Bit& type : types)
    if ((mode & type_mask) == type.value) return type.name;
  return {};
}

}  // namespace

void uid(ViewContext& context, const ViewValue& value) {
  show_id(context, value.number & 0xffffffff, 0xffffffff);
}

void uid16(ViewContext& context, const ViewValue& value) {
  show_id(context, value.number & 0xffff, 0xffff);
}

void dev(ViewContext& context, const ViewValue& value) {
  const uint64_t device = value.number;
  const uint64_t major = (device >> 8 & 0xfff) | (device >> 32 & 0xfffff000);
  const uint64_t minor = (device & 0xff) | (device >> 12 & 0xffffff00);
  char text[64];
  const auto end = fmt::format_to_n(text, sizeof text, "makedev({:#x}, {:#x})", major, minor);
  // C's %#x has no prefix for 0, fmt's has one.
  std::string_view shown{text, end.size};
  char plain[64];
  if (major == 0 || minor == 0) {
    const auto half = [](char* to, uint64_t n) {
      return n == 0 ? fmt::format_to(to, "0") : fmt::format_to(to, "{:#x}", n);
    };
    char* p = fmt::format_to(plain, "makedev(");
    p = half(p, major);
    p = fmt::format_to(p, ", ");
    p = half(p, minor);
    *p++ = ')';
    shown = {plain, static_cast<std::size_t>(p - plain)};
  }
  context.sink.expression({.raw = device, .base = Base::hex, .text = shown});
}

// What has a type that is unknown stays a number; bits above the type join the permissions.
void file_mode(ViewContext& context, const ViewValue& value) {
  const uint64_t mode = value.number;
  const std::string_view type = type_name(mode);
  if ((mode & type_mask) != 0 && type.empty()) {
    return context.sink.number({.value = mode, .width = 4, .base = Base::octal});
  }
  char text[96];
  char* p = fmt::format_to(text, "{}", type);
  for (const Bit& bit : specials) {
    if ((mode & bit.value) == 0) continue;
    p = fmt::format_to(p, "{}{}", p == text ? "" : "|", bit.name);
  }
  const uint64_t rest = (mode & permission_mask) | (mode >> 16 << 16);
  p = fmt::format_to(p, "{}{}{:03o}", p == text ? "" : "|", rest >= 0100 ? "0" : "", rest);
  context.sink.expression({.raw = mode, .base = Base::octal, .text = {text, static_cast<std::size_t>(p - text)}});
}

}  // namespace ktrace::decode::views
