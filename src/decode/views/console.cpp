// Keyboards of virtual consoles: ioctl_console(2), linux/kd.h, linux/keyboard.h. What a key means is a kind and a value
// of that kind; function keys stand for strings, accents for triples of characters.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>

#include "decode/symbols.h"
#include "decode/view.h"
#include "decode/views/helpers.h"
#include "decode/views/made_names.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

// As C writes it.
std::string character(uint8_t c) {
  switch (c) {
    case '\t': return "'\\t'";
    case '\n': return "'\\n'";
    case '\v': return "'\\v'";
    case '\f': return "'\\f'";
    case '\r': return "'\\r'";
    case '\'': return "'\\''";
    case '\\': return "'\\\\'";
    default: break;
  }
  const bool printable = c >= ' ' && c < 0x7f;
  return printable ? fmt::format("'{}'", static_cast<char>(c)) : fmt::format("'\\x{:02x}'", c);
}

std::string hex(uint64_t value) {
  return value == 0 ? "0" : fmt::format("{:#x}", value);
}

// Of these kinds the value is a character.
bool is_character(unsigned kind) {
  constexpr std::array<unsigned, 4> kinds{0, 8, 11, 13};  // KT_LATIN, KT_META, KT_LETTER, KT_DEAD2
  return std::ranges::find(kinds, kind) != kinds.end();
}

std::string_view meaning(ViewContext& context, uint64_t value) {
  return find_name(spec::sets[spec::ids::set_key_meaning], value, context.abi);
}

}  // namespace

void key_table_of(ViewContext& context, const ViewValue& value) {
  const std::string_view name = find_name(spec::sets[spec::ids::set_key_table], value.number, context.abi);
  if (!name.empty()) return show_name(context.sink, value.number, 1, Base::hex, name);
  show_numbered_bits(context, spec::ids::set_key_modifier, value.number, 1);
}

void key_function(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t function_keys = 0x100;  // K(KT_FN, 0)
  const std::string text = fmt::format("KVAL({})", meaning(context, function_keys | value.number));
  show_name(context.sink, value.number, 1, Base::hex, text);
}

void key_value(ViewContext& context, const ViewValue& value) {
  const auto kind = static_cast<unsigned>(value.number >> 8);
  const auto low = static_cast<uint8_t>(value.number);
  const std::string_view known = meaning(context, value.number);
  const std::string_view kind_name = find_name(spec::sets[spec::ids::set_key_kind], kind, context.abi);
  const std::string text = !known.empty()
                               ? std::string(known)
                               : fmt::format("K({}, {})", kind_name.empty() ? hex(kind) : std::string(kind_name),
                                             is_character(kind) ? character(low) : hex(low));
  context.sink.expression(Expression{.raw = value.number, .text = text, .beside = true});
}

void key_character(ViewContext& context, const ViewValue& value) {
  context.sink.expression(value.number, character(static_cast<uint8_t>(value.number)));
}

// How long it lasts, and how many ticks of the clock one wave has.
void tone(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t clock = 1193182;
  const uint64_t duration = value.number >> 16 & 0xffff;
  const uint64_t ticks = value.number & 0xffff;
  const std::string number = duration == 0 ? fmt::format("{}", ticks) : fmt::format("{}<<16|{}", duration, ticks);
  const bool sounds = duration != 0 && ticks != 0;
  const std::string note = sounds ? fmt::format("{} Hz, {} ms", clock / ticks, duration) : "off";
  const std::string all = fmt::format("{} /* {} */", number, note);
  context.sink.expression(Expression{.raw = value.number, .text = all, .fixed = true, .raw_text = number});
}

// The flags, and what they are by default.
void led_flags(ViewContext& context, const ViewValue& value) {
  const spec::Set& set = spec::sets[spec::ids::set_keyboard_lights];
  constexpr unsigned known = 3;
  std::array<std::string, 2 * known> texts;
  std::array<std::string_view, 2 * known> names;
  std::size_t count = 0;
  for (const unsigned shift : {0U, 4U}) {
    for (unsigned bit = 0; bit < known; ++bit) {
      if ((value.number >> (bit + shift) & 1) == 0) continue;
      const std::string_view name = find_name(set, uint64_t{1} << bit, context.abi);
      texts[count] = shift == 0 ? std::string(name) : fmt::format("{}<<{}", name, shift);
      names[count] = texts[count];
      ++count;
    }
  }
  constexpr uint64_t unknown_bits = 0x88;
  context.sink.symbols({.value = value.number,
                        .width = 1,
                        .is_flags = true,
                        .names = {names.data(), count},
                        .rest = value.number & unknown_bits,
                        .unknown = text(set.unknown)});
}

// The key, and behind it its string, of which no more than its end is known.
void function_key(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  const bool given = value.params[0] != 0;
  const auto show_string = [&] {
    context.sink.field("kb_string");
    context.show_text(from + 1, Bytes::Kind::text);
  };
  if (context.phase == Phase::exit) {
    if (!context.failed) show_string();
    return context.sink.end();
  }
  std::array<uint8_t, 1> key{};
  if (!from || !context.options.dereference || !context.memory.read_all(from, key)) return context.sink.address(from);
  context.sink.begin(Shape::structure);
  context.sink.field("kb_func");
  key_function(context, {.number = key[0], .bytes = {}, .address = {}, .params = {}});
  if (given) {
    show_string();
    return context.sink.end();
  }
  context.left_open = true;
}

void diacritics(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t most = 256;  // MAX_DIACR
  const Address from{value.number};
  const bool given = value.params[0] != 0;
  const bool unicode = value.params[1] != 0;
  if (!given && context.phase == Phase::entry) {
    context.left_open = true;
    return;
  }
  const std::optional<uint64_t> count =
      only_address(context, from.value) ? std::nullopt : read_integer(context, from.value, 4);
  if (!count) return context.sink.address(from);
  const uint64_t there = std::min(*count, most);
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(there, context.options.string_limit) : there;
  context.sink.begin(Shape::structure);
  context.sink.field("kb_cnt");
  show_unsigned(context.sink, *count);
  context.sink.field(unicode ? "kbdiacruc" : "kbdiacr");
  const auto show = [&](Address, std::span<const uint8_t> bytes) {
    context.show_record(unicode ? spec::ids::record_kbdiacruc : spec::ids::record_kbdiacr, bytes);
  };
  const uint64_t first = from.value + 4;
  unicode ? show_elements<12>(context, first, shown, *count, show)
          : show_elements<3>(context, first, shown, *count, show);
  context.sink.end();
}

}  // namespace ktrace::decode::views
