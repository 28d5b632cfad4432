// Numbers that keep their value and carry their name as a comment, whatever -X says; and flags that share a word with a
// number (swapon(2)).
#include <fmt/core.h>

#include <algorithm>

#include "decode/view.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t swap_priority_mask = 0x7fff;

std::string_view name_of(const ViewContext& context, uint32_t set, uint64_t number) {
  const spec::Set& names = spec::sets[set];
  for (uint32_t k = 0; k < names.count; ++k) {
    const spec::Item& item = spec::items[names.first + k];
    if (item.value == number && (item.abi_mask >> index(context.abi) & 1) != 0) return spec::strings + item.name;
  }
  return {};
}

void show_labelled(ViewContext& context, uint64_t number, uint32_t set) {
  context.sink.number({.value = number, .width = 4, .is_signed = true});
  const std::string_view name = name_of(context, set, number & 0xffffffff);
  context.sink.comment(name.empty() ? spec::strings + spec::sets[set].unknown : name);
}

// `Q_SYNC`, or `0x12 /* Q_??? */`; 0 has no prefix, as in C.
char* write_name(char* to, const ViewContext& context, uint32_t set, uint64_t number) {
  const std::string_view name = name_of(context, set, number);
  if (!name.empty()) return fmt::format_to(to, "{}", name);
  return fmt::format_to(to, "{}{:x} /* {} */", number == 0 ? "" : "0x", number,
                        spec::strings + spec::sets[set].unknown);
}

// A word that holds two sets, each with names for all its values: the first is always shown.
struct Split {
  uint64_t mask;  // of the first
  uint32_t first;
  uint32_t second;
  uint8_t width;
};

void show_split(ViewContext& context, uint64_t value, const Split& split) {
  context.show_set(split.first, value & split.mask, split.width);
  const uint64_t rest = value & ~split.mask;
  if (rest == 0) return;
  context.sink.joined();
  context.show_set(split.second, rest, split.width);
}

}  // namespace

void syslog_action(ViewContext& context, const ViewValue& value) {
  show_labelled(context, value.number, spec::ids::set_syslog_actions);
}

void log_level(ViewContext& context, const ViewValue& value) {
  // Up to which level messages are shown; the level itself is not.
  constexpr uint64_t all = 8;
  if (value.number != all) return show_labelled(context, value.number, spec::ids::set_log_levels);
  context.sink.number({.value = all, .width = 4, .is_signed = true});
  context.sink.comment("LOGLEVEL_DEBUG+1");
}

void swap_flags(ViewContext& context, const ViewValue& value) {
  const uint64_t flags = value.number & ~swap_priority_mask & 0xffffffff;
  if (flags != 0) {
    context.show_set(spec::ids::set_swap_flag, flags, 4);
    context.sink.joined();
  }
  context.sink.number({.value = value.number & swap_priority_mask, .width = 4});
}

void statx_flags(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t sync = 0x6000;
  if ((value.number & sync) == 0) {
    context.sink.expression({.raw = 0, .text = "AT_STATX_SYNC_AS_STAT", .raw_alone = std::string_view{}});
    if (value.number == 0) return;
    context.sink.joined();
    return context.show_set(spec::ids::set_statx_at_flags, value.number, 4);
  }
  show_split(context, value.number, {sync, spec::ids::set_statx_sync, spec::ids::set_statx_at_flags, 4});
}

void fanotify_init_flags(ViewContext& context, const ViewValue& value) {
  show_split(context, value.number, {0xc, spec::ids::set_fanotify_class, spec::ids::set_fanotify_flags, 4});
}

void kexec_flags(ViewContext& context, const ViewValue& value) {
  const auto width = static_cast<uint8_t>(context.long_bytes());
  show_split(context, value.number, {0xffff0000, spec::ids::set_kexec_arch, spec::ids::set_kexec_load_flags, width});
}

// The two halves of quotactl(2)'s command.
void quota_command(ViewContext& context, const ViewValue& value) {
  char text[128];
  char* p = fmt::format_to(text, "QCMD(");
  p = write_name(p, context, spec::ids::set_quota_op, value.number >> 8 & 0xffffff);
  p = fmt::format_to(p, ", ");
  p = write_name(p, context, spec::ids::set_quota_type, value.number & 0xff);
  *p++ = ')';
  context.sink.expression(
      {.raw = value.number, .base = Base::decimal, .text = {text, static_cast<std::size_t>(p - text)}});
}

// Binary that is always shown in hexadecimal, cut at -s.
void hex_text(ViewContext& context, const ViewValue& value) {
  const uint64_t length = value.params[0];
  const uint64_t shown = std::min<uint64_t>(length, context.options.string_limit);
  if (value.bytes.size() < shown) return context.sink.address(value.address);
  context.sink.string({.bytes = {reinterpret_cast<const char*>(value.bytes.data()), shown},
                       .kind = Bytes::Kind::hex,
                       .cut = shown < length,
                       .length = length});
}

}  // namespace ktrace::decode::views
