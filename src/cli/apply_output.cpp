// Options about where the trace goes and how its lines look.
#include <climits>

#include "cli/apply.h"
#include "cli/values.h"

namespace ktrace::cli {

using output::Precision;
using Text = output::TextOptions;

Result<void> set_output(Request& request, const Given& given) {
  request.output = given.value;
  return {};
}

Result<void> append_output(Request& request, const Given&) {
  request.append = true;
  return {};
}

Result<void> separate_output(Request& request, const Given&) {
  request.separate.by_name = true;
  return {};
}

Result<void> set_columns(Request& request, const Given& given) {
  const auto column = parse_number(given.value, 0, INT_MAX);
  if (!column) return invalid_argument(given);
  if (*column == INT_MAX) return Error{0, "Out of memory"};  // strace's words: a line needs one byte more than that
  request.options.text.column = static_cast<unsigned>(*column);
  return {};
}

Result<void> set_color(Request& request, const Given& given) {
  using Colors = session::Options::Colors;
  Colors& colors = request.options.colors;
  if (same_word(given.value, "never")) {
    colors = Colors::never;
  } else if (same_word(given.value, "always")) {
    colors = Colors::always;
  } else if (same_word(given.value, "auto")) {
    colors = Colors::automatic;
  } else {
    return invalid_argument(given);
  }
  return {};
}

Result<void> show_instruction_pointer(Request& request, const Given&) {
  request.options.text.instruction_pointer = true;
  return {};
}

Result<void> show_syscall_number(Request& request, const Given&) {
  request.options.text.syscall_number = true;
  return {};
}

Result<void> show_argument_names(Request& request, const Given&) {
  request.options.text.argument_names = true;
  return {};
}

Result<void> show_pid_always(Request& request, const Given&) {
  request.options.always_show_pid = true;
  return {};
}

Result<void> json(Request& request, const Given&) {
  request.options.format = session::Format::json;
  return {};
}

Result<void> relative_timestamps(Request& request, const Given& given) {
  const auto precision = parse_precision(given.value);
  if (!precision) return invalid_argument(given);
  request.options.text.relative = *precision;
  return {};
}

Result<void> clock_letter(Request& request, const Given&) {
  request.clock.letters++;
  return {};
}

// Words with or without `format:` and `precision:`, in any order; the last of a kind counts, here and over several
// options.
Result<void> clock_name(Request& request, const Given& given) {
  Text& text = request.options.text;
  Text::Clock clock = request.clock.by_name ? text.clock : Text::Clock::time;
  Precision digits = request.clock.by_name ? text.clock_precision : Precision::s;
  for (std::string_view rest = given.value; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    std::string_view word = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (word.empty()) continue;
    constexpr std::string_view format = "format:", precision = "precision:";
    const bool only_format = same_word(word.substr(0, format.size()), format);
    const bool only_precision = same_word(word.substr(0, precision.size()), precision);
    if (only_format) word.remove_prefix(format.size());
    if (only_precision) word.remove_prefix(precision.size());
    if (const auto parsed = parse_precision(word); parsed && !only_format) {
      digits = *parsed;
    } else if (only_precision) {
      return invalid_argument(given);
    } else if (same_word(word, "none")) {
      clock = Text::Clock::none;
    } else if (same_word(word, "time")) {
      clock = Text::Clock::time;
    } else if (same_word(word, "unix")) {
      clock = Text::Clock::epoch;
    } else {
      return invalid_argument(given);
    }
  }
  text.clock = clock;
  text.clock_precision = digits;
  request.clock.by_name = true;
  return {};
}

Result<void> syscall_times(Request& request, const Given& given) {
  const auto precision = parse_precision(given.value);
  if (!precision) return invalid_argument(given);
  request.options.text.duration = *precision;
  return {};
}

Result<void> string_limit(Request& request, const Given& given) {
  constexpr int64_t most = (int64_t{1} << 30) - 1;  // strace's limit
  const auto limit = parse_number(given.value, 0, most);
  if (!limit) return invalid_argument(given);
  request.options.string_limit = static_cast<uint32_t>(*limit);
  return {};
}

Result<void> hex_letter(Request& request, const Given&) {
  request.hex.letters++;
  return {};
}

Result<void> hex_name(Request& request, const Given& given) {
  struct Name {
    std::string_view name;
    base::HexStrings value;
  };
  static constexpr Name names[] = {{"none", base::HexStrings::none},
                                   {"non-ascii-chars", base::HexStrings::non_ascii_chars},
                                   {"non-ascii", base::HexStrings::non_ascii},
                                   {"all", base::HexStrings::all}};
  for (const Name& name : names) {
    if (!same_word(name.name, given.value)) continue;
    request.options.text.hex = name.value;
    request.hex.by_name = true;
    return {};
  }
  return invalid_argument(given);
}

Result<void> const_print_style(Request& request, const Given& given) {
  Text::Constants& constants = request.options.text.constants;
  if (given.value == "raw") {
    constants = Text::Constants::raw;
  } else if (given.value == "abbrev") {
    constants = Text::Constants::abbrev;
  } else if (given.value == "verbose") {
    constants = Text::Constants::verbose;
  } else {
    return invalid_argument(given);
  }
  return {};
}

}  // namespace ktrace::cli
