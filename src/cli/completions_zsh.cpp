// Specifications for _arguments of zsh (zshcompsys(1)), one or two for each row of the table. Letters without an
// argument count (-ff, -yy) or are short for something else, so all that have no name may be repeated.
#include <fmt/core.h>

#include "cli/apply.h"
#include "cli/completions.h"

namespace ktrace::cli {
namespace {

using Kind = Values::Kind;

// In single quotes, in brackets.
std::string described(const Option& option) {
  std::string out;
  for (const char c : summary_of(option)) {
    if (c == '[' || c == ']') out.push_back('\\');
    if (c == '\'')
      out.append("'\\''");
    else
      out.push_back(c);
  }
  return "'[" + out + "]";
}

// What the argument is called: the first word behind the name in the synopsis, in small letters.
std::string placeholder(const Option& option) {
  const Option& row = explained(option);
  const std::string name = row.name.empty() ? std::string("-") + row.letter : "--" + std::string(row.name);
  const std::size_t at = row.synopsis.find(name);
  std::string out;
  for (const char c : row.synopsis.substr(at == std::string_view::npos ? row.synopsis.size() : at + name.size())) {
    const bool capital = c >= 'A' && c <= 'Z';
    const bool letter = capital || (c >= 'a' && c <= 'z');
    if (!letter && !out.empty()) break;
    if (letter) out.push_back(static_cast<char>(capital ? c - 'A' + 'a' : c));
  }
  return out.empty() ? "value" : out;
}

std::string qualifier_words() {
  std::string out;
  for (const Qualifier& qualifier : offered_qualifiers())
    out.append(out.empty() ? "" : " ").append(qualifier.name) += "=";
  return out;
}

std::string action(const Values& values) {
  switch (values.kind) {
    case Kind::free: return {};
    case Kind::one_of: return fmt::format("({})", values.words);
    case Kind::list_of: return fmt::format("_values -s , value {}", values.words);
    case Kind::signals: return "_signals -s";
    case Kind::file: return "_files";
    case Kind::user: return "_users";
    case Kind::variable: return "_parameters -g \"*export*\" -S =";
    case Kind::process: return "_pids";
    case Kind::process_name: return "_process_names -a";
    case Kind::qualifier: return fmt::format("({})", qualifier_words());
  }
  return {};
}

// `[what it does]:placeholder:action'`, with two colons if it may be left out.
std::string tail(const Option& option) {
  if (option.argument == Argument::none) return described(option) + "'";
  const std::string_view colons = option.argument == Argument::optional ? "::" : ":";
  const std::string what = action(values_of(option.apply));
  return described(option) + fmt::format("{}{}{}{}'", colons, placeholder(option), what.empty() ? "" : ":", what);
}

// The long name as _arguments wants it.
std::string long_name(const Option& option) {
  constexpr std::string_view joints[] = {"", "=", "=-"};
  return fmt::format("--{}{}", option.name, joints[static_cast<unsigned>(option.argument)]);
}

std::string specification(const Option& option) {
  const bool required = option.argument == Argument::required;
  const std::string letter = fmt::format("-{}{}", option.letter != 0 ? option.letter : ' ', required ? "+" : "");
  const bool repeats = values_of(option.apply).repeats;
  const auto line = [](std::string_view before, std::string_view names, const std::string& rest) {
    return fmt::format("  {}{}{} \\\n", before, names, rest);
  };
  // A name alone stands in the quotes of what follows: '--json[...]'.
  const auto alone = [&](std::string_view before, std::string_view name, const Option& as) {
    return line("'", std::string(before).append(name), tail(as).substr(1));
  };
  if (option.name.empty()) return alone(required && !repeats ? "" : "*", letter, option);
  if (option.letter == 0) return alone(repeats ? "*" : "", long_name(option), option);
  if (option.argument == Argument::optional) {
    Option plain = option;
    plain.argument = Argument::none;
    return alone("", letter, plain) + alone(fmt::format("({})", letter), long_name(option), option);
  }
  const std::string both = fmt::format("{{{},{}}}", letter, long_name(option));
  if (option.apply == show_help || option.apply == show_version) return line("'(- *)'", both, tail(option));
  if (repeats) return line("'*'", both, tail(option));
  return line(fmt::format("'(-{} {})'", option.letter, long_name(option)), both, tail(option));
}

}  // namespace

std::string zsh_completion() {
  std::string out =
      "#compdef ktrace\n"
      "# zsh completion for ktrace(1), made from src/cli/option_table.cpp by `ninja completions`.\n\n"
      "_arguments -s -S -A '-*' \\\n";
  for (const Option& option : options())
    if (is_supported(option.apply)) out.append(specification(option));
  return out.append(
      "  '(-):command: _command_names -e' \\\n"
      "  '*::arguments: _normal'\n");
}

}  // namespace ktrace::cli
