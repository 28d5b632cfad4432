// See completions.h. Only some rows of the table have a help text; letters and other spellings share that of another
// row.
#include "cli/completions.h"

#include <algorithm>

#include "cli/apply.h"

namespace ktrace::cli {
namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

const Option& explained(const Option& option) {
  if (!option.help.empty()) return option;
  const std::string letter = std::string("-") + option.letter + ",";
  for (const Option& other : options())
    if (option.letter != 0 && other.synopsis.starts_with(letter)) return other;
  for (const Option& other : options())
    if (other.apply == option.apply && !other.help.empty()) return other;
  return option;
}

bool is_supported(Apply apply) {
  return apply != not_supported && apply != no_security_contexts;
}

// Up to where details begin. A line goes on in the next if that begins with a word.
std::string summary_of(const Option& option) {
  std::string_view rest = explained(option).help;
  std::string out;
  while (!rest.empty()) {
    const char next = rest.size() > 1 ? rest[1] : '\n';
    const bool wraps = rest[0] == '\n' && is_lower(next);
    if ((rest[0] == '\n' && !wraps) || rest[0] == ';' || (rest[0] == ':' && (next == ' ' || next == '\n'))) break;
    if (rest.starts_with(" (")) {
      rest.remove_prefix(std::min(rest.find(')'), rest.size() - 1) + 1);
      continue;
    }
    out.push_back(wraps ? ' ' : rest[0]);
    rest.remove_prefix(1);
  }
  return out;
}

std::vector<Qualifier> offered_qualifiers() {
  std::vector<Qualifier> out;
  for (const Qualifier& qualifier : qualifiers()) {
    if (!is_supported(qualifier.apply)) continue;
    const auto same = [&](const Qualifier& other) { return other.apply == qualifier.apply; };
    if (std::ranges::none_of(out, same)) out.push_back(qualifier);
  }
  return out;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    out.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(text.size(), out.back().size() + 1));
  }
  return out;
}

}  // namespace ktrace::cli
