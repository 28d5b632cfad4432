// A function for complete -F of bash(1), which gets a word `--name=value` as three. Behind PROG its own completion goes
// on.
#include <fmt/core.h>

#include <algorithm>

#include "cli/completions.h"

namespace ktrace::cli {
namespace {

using Kind = Values::Kind;

constexpr std::string_view head =
    R"(# bash completion for ktrace(1), made from src/cli/option_table.cpp by `ninja completions`.

_ktrace_words() { # WORDS
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_ktrace_list() { # WORDS: completes the last one of a list with commas
  local prefix=
  [[ $cur == *,* ]] && prefix=${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$prefix" -W "$1" -- "${cur##*,}")
}

_ktrace() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i word
)";

constexpr std::string_view middle = R"(  COMPREPLY=()

  # `--name=value` comes as three words
  [[ $cur == = ]] && cur=
  [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}

  # behind PROG its own completion goes on
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $word in
)";

constexpr std::string_view after_words = R"(      -*|=) ;;
      *) if [[ ${COMP_WORDS[i-1]} != = && ${COMP_WORDS[i-1]} != --*= ]]; then
           declare -F _command_offset >/dev/null && _command_offset "$i"
           return
         fi ;;
    esac
  done

  case $prev in
)";

constexpr std::string_view tail = R"(    *)
      if [[ $cur == -* ]]; then
        _ktrace_words "$long $letters"
        [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
      else
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      fi ;;
  esac
}

complete -F _ktrace ktrace
)";

// Words in lines that are not too long.
std::string assignment(std::string_view variable, const std::vector<std::string>& words) {
  constexpr std::size_t width = 118;
  std::string out;
  std::string line = fmt::format("  local {}='", variable);
  for (const std::string& word : words) {
    if (line.size() + word.size() + 1 > width) {
      out.append(line).push_back('\n');
      line = "   ";
    }
    if (!line.ends_with('\'')) line.push_back(' ');
    line.append(word);
  }
  return out + line + "'\n";
}

std::string names() {
  std::vector<std::string> names;
  std::vector<std::string> letters;
  for (const Option& option : options()) {
    if (!is_supported(option.apply)) continue;
    if (option.letter != 0) letters.push_back({'-', option.letter});
    if (!option.name.empty())
      names.push_back(fmt::format("--{}{}", option.name, option.argument == Argument::required ? "=" : ""));
  }
  return assignment("long", names) + assignment("letters", letters);
}

// The letters whose argument is the next word.
std::string letters_with_argument() {
  std::string out;
  for (const Option& option : options())
    if (option.letter != 0 && option.argument == Argument::required && is_supported(option.apply))
      out.push_back(option.letter);
  std::ranges::sort(out);
  return out;
}

std::string action(const Values& values) {
  switch (values.kind) {
    case Kind::free: return {};
    case Kind::one_of: return fmt::format("_ktrace_words '{}'", values.words);
    case Kind::list_of: return fmt::format("_ktrace_list '{}'", values.words);
    case Kind::signals: return "_ktrace_list \"$(kill -l | grep -oE 'SIG[A-Z0-9]+') all none\"";
    case Kind::file: return R"(mapfile -t COMPREPLY < <(compgen -f -- "$cur"))";
    case Kind::user: return R"(mapfile -t COMPREPLY < <(compgen -u -- "$cur"))";
    case Kind::variable: return R"(compopt -o nospace; mapfile -t COMPREPLY < <(compgen -e -S = -- "$cur"))";
    case Kind::process: return R"+(_ktrace_words "$(cd /proc && echo [0-9]*)")+";
    case Kind::process_name: return R"+(_ktrace_words "$(sort -u /proc/[0-9]*/comm 2>/dev/null)")+";
    case Kind::qualifier: {
      std::string words;
      for (const Qualifier& qualifier : offered_qualifiers())
        words.append(words.empty() ? "" : " ").append(qualifier.name) += "=";
      return fmt::format("compopt -o nospace; _ktrace_words '{}'", words);
    }
  }
  return {};
}

// The words behind which the argument of these options and qualifiers stands: `-o|--output`.
std::string spellings(Apply apply) {
  std::string out;
  const auto add = [&](const std::string& word) { out.append(out.empty() ? "" : "|").append(word); };
  for (const Option& option : options()) {
    if (option.apply != apply || option.argument == Argument::none) continue;
    if (option.letter != 0 && option.argument == Argument::required) add({'-', option.letter});
    if (!option.name.empty()) add("--" + std::string(option.name));
  }
  for (const Qualifier& qualifier : qualifiers())
    if (qualifier.apply == apply) add(std::string(qualifier.name));
  return out;
}

std::string cases() {
  std::string out;
  std::vector<Apply> done;
  for (const Option& option : options()) {
    const bool seen = std::ranges::find(done, option.apply) != done.end();
    if (option.argument == Argument::none || !is_supported(option.apply) || seen) continue;
    done.push_back(option.apply);
    const std::string what = action(values_of(option.apply));
    out.append(fmt::format("    {}) {}{};;\n", spellings(option.apply), what, what.empty() ? "" : " "));
  }
  return out;
}

}  // namespace

std::string bash_completion() {
  std::string out{head};
  out.append(names()).append(middle);
  out.append(fmt::format("      -[{}]) ((i++)) ;;\n", letters_with_argument()));
  return out.append(after_words).append(cases()).append(tail);
}

}  // namespace ktrace::cli
