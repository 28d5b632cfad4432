// A line for each row of the table, as `complete` of fish(1) takes it. An optional argument (-f) may be left out.
#include <fmt/core.h>

#include "cli/completions.h"

namespace ktrace::cli {
namespace {

using Kind = Values::Kind;

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "'";
}

std::string qualifier_words() {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out.append(out.empty() ? "" : " ").append(name).append("=").append(value);
  };
  for (const Qualifier& qualifier : offered_qualifiers()) {
    const Values values = values_of(qualifier.apply);
    if (values.kind != Kind::one_of) add(qualifier.name, {});
    if (values.kind == Kind::one_of)
      for (const std::string_view word : words_of(values.words)) add(qualifier.name, word);
  }
  return out;
}

// What `-a` gets; empty: nothing can be suggested.
std::string suggestions(const Values& values) {
  switch (values.kind) {
    case Kind::free:
    case Kind::file:
    case Kind::variable: break;
    case Kind::one_of:
    case Kind::list_of: return quoted(values.words);
    case Kind::signals:
      return quoted("(__fish_make_completion_signals; string replace -r '^\\S+ ' SIG $__kill_signals)");
    case Kind::user: return quoted("(__fish_complete_users)");
    case Kind::process: return quoted("(__fish_complete_pids)");
    case Kind::process_name: return quoted("(__fish_complete_proc)");
    case Kind::qualifier: return quoted(qualifier_words());
  }
  return values.kind == Kind::variable ? quoted("(set --names --export)=") : std::string();
}

std::string line(const Option& option) {
  std::string out = "complete -c ktrace";
  if (option.letter != 0) out.append(" -s ").push_back(option.letter);
  if (!option.name.empty()) out.append(" -l ").append(option.name);
  const Values values = values_of(option.apply);
  if (option.argument == Argument::required) out.append(values.kind == Kind::file ? " -r -F" : " -x");
  if (option.argument == Argument::optional) out.append(" -f");
  const std::string words = option.argument == Argument::none ? std::string() : suggestions(values);
  if (!words.empty()) out.append(" -a ").append(words);
  return out.append(" -d ").append(quoted(summary_of(option))).append("\n");
}

}  // namespace

std::string fish_completion() {
  std::string out =
      "# fish completion for ktrace(1), made from src/cli/option_table.cpp by `ninja completions`.\n\n"
      "complete -c ktrace -x -a '(__fish_complete_subcommand --fcs-skip=1)'\n";
  for (const Option& option : options())
    if (is_supported(option.apply)) out.append(line(option));
  return out;
}

}  // namespace ktrace::cli
