// The manual page and the shell completions name the options of the table: all of them, and no others. The completions
// are made from it.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "cli/apply.h"
#include "cli/completions.h"
#include "cli/help.h"
#include "cli/option_table.h"

namespace {

using Names = std::set<std::string>;
using ktrace::cli::Option;

bool refused(const Option& option) {
  return !ktrace::cli::is_supported(option.apply);
}

// "-a" and "--columns" of the options that the predicate likes.
template <class Likes>
Names names_of_options(Likes likes) {
  Names names;
  for (const Option& option : ktrace::cli::options()) {
    if (!likes(option)) continue;
    if (option.letter != 0) names.insert(std::string("-") + option.letter);
    if (!option.name.empty()) names.insert("--" + std::string(option.name));
  }
  return names;
}

std::string read_file(const std::string& name) {
  std::ifstream file(std::string(KTRACE_SOURCE_DIR "/") + name);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// First groups of all matches.
Names find_all(const std::string& text, const std::string& pattern) {
  Names found;
  const std::regex regex(pattern);
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match)
    found.insert((*match)[1].str());
  return found;
}

// The paragraph tags of the manual page that start with an option, without font changes and escapes.
std::string option_tags(const std::string& page) {
  std::istringstream lines(page);
  std::string tags, line;
  bool tag = false;
  while (std::getline(lines, line)) {
    if (tag) tags += std::regex_replace(line, std::regex("\\\\f[BIR]|\\.B |\\\\(?=-)"), "") + "\n";
    tag = line == ".TP";
  }
  return tags;
}

// For messages that tell the difference.
std::string joined(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += name + " ";
  return text;
}

bool any(const Option&) {
  return true;
}
bool supported(const Option& option) {
  return !refused(option);
}

}  // namespace

TEST_CASE("the manual page describes every option and no other") {
  const std::string tags = option_tags(read_file("man/ktrace.1"));
  Names named = find_all(tags, "(?:^|[ ,\n])(--[a-z0-9-]+)");
  named.merge(find_all(tags, "(?:^|[ ,\n])(-[a-zA-Z])(?=[ ,\n])"));
  CHECK(joined(named) == joined(names_of_options(any)));
}

TEST_CASE("the manual page lists what is refused under NOT YET") {
  const std::string page = read_file("man/ktrace.1");
  const std::size_t from = page.find(".SH NOT YET"), to = page.find(".SH EXAMPLES");
  REQUIRE(from < to);
  const std::string tags = option_tags(page.substr(from, to - from));
  for (const std::string& name : names_of_options(refused)) CHECK_MESSAGE(tags.find(name) != std::string::npos, name);
}

TEST_CASE("--help shows every option that is not just another spelling") {
  const std::string help = ktrace::cli::help_text("ktrace");
  const Names named = find_all(help, "(--[a-z0-9-]+)");
  for (const Option& option : ktrace::cli::options()) {
    if (option.section == ktrace::cli::Section::hidden || option.name == "signals") continue;
    CHECK_MESSAGE(named.count("--" + std::string(option.name)) + (option.name.empty() ? 1u : 0u) != 0, option.name);
  }
}

TEST_CASE("the completions of shells are what the table makes of them: `ninja completions` writes them anew") {
  using namespace ktrace::cli;
  CHECK(read_file("src/cli/completions/ktrace.bash") == bash_completion());
  CHECK(read_file("src/cli/completions/_ktrace") == zsh_completion());
  CHECK(read_file("src/cli/completions/ktrace.fish") == fish_completion());
}

TEST_CASE("the completions offer every option that works and no other") {
  using namespace ktrace::cli;
  const std::string wanted = joined(names_of_options(supported));

  const std::string bash = bash_completion();
  const std::string lists =
      bash.substr(bash.find("local long="), bash.find("COMPREPLY=()\n\n") - bash.find("local long="));
  Names named = find_all(lists, "(--[a-z0-9-]+)");
  named.merge(find_all(lists, "[ '](-[a-zA-Z])\\b"));
  CHECK(joined(named) == wanted);

  named.clear();
  std::istringstream lines(zsh_completion());
  for (std::string line; std::getline(lines, line);) {
    // Words in {} or in front of the description; what stands in () are exclusions.
    const std::string spec = std::regex_replace(line.substr(0, line.find('[')), std::regex("\\([^)]*\\)"), "");
    if (line.rfind("  '", 0) != 0) continue;
    named.merge(find_all(spec, "(--[a-z0-9]+(?:-[a-z0-9]+)*)"));
    named.merge(find_all(spec, "(?:^|['{,*])(-[a-zA-Z])(?=[+,}]|$)"));
  }
  CHECK(joined(named) == wanted);

  const std::string fish = fish_completion();
  named.clear();
  for (const std::string& letter : find_all(fish, " -s ([a-zA-Z]) ")) named.insert("-" + letter);
  for (const std::string& name : find_all(fish, " -l ([a-z0-9-]+)")) named.insert("--" + name);
  CHECK(joined(named) == wanted);
}

TEST_CASE("every word that completions suggest is a value that the option takes") {
  for (const ktrace::cli::Values& row : ktrace::cli::values()) {
    for (const std::string_view word : ktrace::cli::words_of(row.words)) {
      ktrace::cli::Request request;
      CHECK_MESSAGE(row.apply(request, {.spelling = "-x", .value = word}).has_value(), word);
    }
  }
}

// The letters and names of options in a command line. A letter that takes an argument ends its cluster.
Names options_in(const std::string& command) {
  Names found = find_all(command, "(?:^| )(--[a-z0-9-]+)");
  for (const std::string& cluster : find_all(command, "(?:^| )-([a-zA-Z]+)")) {
    for (const char letter : cluster) {
      found.insert(std::string("-") + letter);
      const auto same = [&](const Option& option) { return option.letter == letter; };
      const auto option = std::find_if(ktrace::cli::options().begin(), ktrace::cli::options().end(), same);
      if (option == ktrace::cli::options().end() || option->argument == ktrace::cli::Argument::required) break;
    }
  }
  for (const std::string& qualifier : find_all(command, "-e '?([a-z-]+)[ =]")) found.insert("-e " + qualifier + "=");
  return found;
}

TEST_CASE("every option and qualifier has a case in tests/cli/parity") {
  Names used;
  for (const auto& entry : std::filesystem::directory_iterator(KTRACE_SOURCE_DIR "/tests/cli/parity")) {
    std::istringstream lines(read_file("tests/cli/parity/" + entry.path().filename().string()));
    for (std::string line; std::getline(lines, line);)
      if (line.rfind("$ ", 0) == 0) used.merge(options_in(line.substr(2)));
  }
  for (const std::string& name : names_of_options(any)) CHECK_MESSAGE(used.count(name) != 0, name);
  for (const auto& qualifier : ktrace::cli::qualifiers())
    CHECK_MESSAGE(used.count("-e " + std::string(qualifier.name) + "=") != 0, qualifier.name);
}
