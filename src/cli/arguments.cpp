// See arguments.h.
#include "cli/arguments.h"

#include <algorithm>

#include <getopt.h>

#include "cli/option_table.h"

namespace ktrace::cli {
namespace {

constexpr int first_long = 256;  // values below are letters

// The letters: + stops at the first word that is no option, : takes an argument.
std::string short_options() {
  std::string letters = "+";
  for (const Option& option : cli::options()) {
    if (option.letter == 0) continue;
    letters.push_back(option.letter);
    if (option.argument == Argument::required) letters.push_back(':');
  }
  return letters;
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// An option of ours is known to getopt_long(3) only if a word is meant for it: if the word could be short for one of
// strace's, it is.
bool is_meant(const Option& ours, int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    std::string_view word = argv[i];
    if (!starts_with(word, "--")) continue;
    word.remove_prefix(2);
    word = word.substr(0, word.find('='));
    if (word.empty() || !starts_with(ours.name, word)) continue;
    const auto fits = [word](const Option& option) { return !option.ours && starts_with(option.name, word); };
    if (std::none_of(cli::options().begin(), cli::options().end(), fits)) return true;
  }
  return false;
}

// Other spellings get the value of the first: a prefix that fits both is not ambiguous then.
std::vector<::option> long_options(int argc, char** argv) {
  std::vector<::option> names;
  int value = first_long;
  const Option* before = nullptr;
  for (const Option& option : cli::options()) {
    const bool alias = before != nullptr && option.section == Section::hidden && option.apply == before->apply;
    if (!alias) value++;
    before = &option;
    if (option.name.empty() || (option.ours && !is_meant(option, argc, argv))) continue;
    const int has_argument = option.argument == Argument::none       ? no_argument
                             : option.argument == Argument::required ? required_argument
                                                                     : optional_argument;
    names.push_back({option.name.data(), has_argument, nullptr, value});
  }
  names.push_back({});
  return names;
}

const Option& named(std::string_view name) {
  for (const Option& option : cli::options())
    if (option.name == name) return option;
  return cli::options().front();  // cannot be: the name is from the table
}

void append_token(std::vector<std::string>& tokens, std::string option, std::string_view joint, const char* value) {
  if (value == nullptr) {
    tokens.push_back(std::move(option));
  } else if (*value == '\0') {
    tokens.push_back(std::move(option));
    tokens.emplace_back();
  } else {
    tokens.push_back(std::move(option.append(joint).append(value)));
  }
}

}  // namespace

Arguments read_arguments(int argc, char** argv, Report report) {
  const std::string letters = short_options();
  const std::vector<::option> names = long_options(argc, argv);
  Arguments arguments;
  opterr = report == Report::yes ? 1 : 0;
  optind = 0;  // starts over (glibc)
  for (;;) {
    int index = -1;
    const int got = getopt_long(argc, argv, letters.c_str(), names.data(), &index);
    if (got == -1) break;
    if (got == '?') {
      arguments.failed = true;
      if (optind > 0 && optind <= argc) arguments.wrong = argv[optind - 1];
      break;
    }
    if (index < 0) {
      append_token(arguments.tokens, {'-', static_cast<char>(got)}, "", optarg);
      continue;
    }
    const std::string_view name = names[static_cast<std::size_t>(index)].name;
    const Option& option = named(name);
    const char* value = optarg;
    if (option.argument == Argument::optional && value == nullptr) value = option.otherwise.data();
    append_token(arguments.tokens, std::string("--").append(name), "=", value);
  }
  arguments.command = optind;
  return arguments;
}

}  // namespace ktrace::cli
