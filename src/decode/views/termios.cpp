// The words of struct termios (termios(3)). Each holds small enumerations, which are always shown, and flags; strace
// leaves the place of the flags empty when none is set, also after a `|`.
#include <fmt/core.h>
#include <array>

#include "decode/symbols.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

// What a word holds beside its flags: `mask` of it is an enumeration.
struct Choice {
  uint64_t mask;
  uint32_t set;
};

constexpr std::array delays = {
    Choice{0x100, ids::set_tty_nl},  Choice{0x600, ids::set_tty_cr},  Choice{0x1800, ids::set_tty_tab},
    Choice{0x2000, ids::set_tty_bs}, Choice{0x4000, ids::set_tty_vt}, Choice{0x8000, ids::set_tty_ff},
};

constexpr uint64_t speed_mask = 0x100f;
constexpr unsigned input_speed_shift = 16;
constexpr uint64_t size_mask = 0x30;

void show_flags(ViewContext& context, uint32_t set, uint64_t flags) {
  if (flags == 0) return context.sink.expression(0, "");
  context.show_set(set, flags, 4);
}

void show_input_speed(ViewContext& context, uint64_t input) {
  char text[40];
  char number[24];
  char both[64];
  const std::string_view speed = find_name(spec::sets[ids::set_tty_speed], input, context.abi);
  const auto text_end = fmt::format_to_n(text, sizeof text, "{}<<IBSHIFT", speed);
  const auto number_end = fmt::format_to_n(number, sizeof number, "{:#x}<<{:#x}", input, input_speed_shift);
  const auto both_end =
      fmt::format_to_n(both, sizeof both, "{:#x} /* {} */<<{:#x} /* IBSHIFT */", input, speed, input_speed_shift);
  context.sink.expression({.raw = input << input_speed_shift,
                           .text = {text, text_end.size},
                           .fixed = true,
                           .raw_text = {number, number_end.size},
                           .verbose = {both, both_end.size}});
}

}  // namespace

void tty_iflags(ViewContext& context, const ViewValue& value) {
  show_flags(context, ids::set_tty_input, value.number);
}

void tty_lflags(ViewContext& context, const ViewValue& value) {
  show_flags(context, ids::set_tty_local, value.number);
}

void tty_oflags(ViewContext& context, const ViewValue& value) {
  uint64_t rest = value.number;
  for (const Choice& choice : delays) {
    context.show_set(choice.set, value.number & choice.mask, 4);
    context.sink.joined();
    rest &= ~choice.mask;
  }
  show_flags(context, ids::set_tty_output, rest);
}

// The upper half has an input speed if that differs.
void tty_cflags(ViewContext& context, const ViewValue& value) {
  const uint64_t input = value.number >> input_speed_shift & speed_mask;
  context.show_set(ids::set_tty_speed, value.number & speed_mask, 4);
  context.sink.joined();
  if (input != 0) {
    show_input_speed(context, input);
    context.sink.joined();
  }
  context.show_set(ids::set_tty_size, value.number & size_mask, 4);
  context.sink.joined();
  show_flags(context, ids::set_tty_control, value.number & ~(speed_mask | speed_mask << input_speed_shift | size_mask));
}

void tty_characters(ViewContext& context, const ViewValue& value) {
  constexpr std::string_view names[] = {"VINTR",    "VQUIT",    "VERASE",  "VKILL",  "VEOF",  "VTIME",
                                        "VMIN",     "VSWTC",    "VSTART",  "VSTOP",  "VSUSP", "VEOL",
                                        "VREPRINT", "VDISCARD", "VWERASE", "VLNEXT", "VEOL2"};
  context.sink.begin(Shape::array);
  for (std::size_t k = 0; k < value.bytes.size(); ++k) {
    char label[24];
    const auto end = k < std::size(names) ? fmt::format_to_n(label, sizeof label, "[{}]", names[k])
                                          : fmt::format_to_n(label, sizeof label, "[{}]", k);
    context.sink.field({label, end.size});
    context.sink.number({.value = value.bytes[k], .width = 1, .base = Base::hex});
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
