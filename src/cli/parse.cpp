// See parse.h. strace's syntax is read by getopt_long(3) (arguments.h); CLI11 hands the exact tokens it leaves to the
// options of the table, one by one in their order, as later ones replace earlier ones.
#include "cli/parse.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <unistd.h>
#include <CLI/CLI.hpp>

#include "base/log.h"
#include "cli/arguments.h"
#include "cli/finish.h"
#include "cli/help.h"
#include "cli/option_table.h"
#include "cli/suggest.h"

namespace ktrace::cli {
namespace {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

// Feeds the tokens to the options, up to the first that is wrong or needs no more.
class Interpreter {
 public:
  // CLI11 gets to know only the options that are there: all of them cost more than the start of a short program.
  Interpreter(Request& request, std::vector<std::string> tokens) : request_(request), tokens_(std::move(tokens)) {
    app_.set_help_flag("");
    for (const Option& option : options()) {
      if (option.letter != 0) add(std::string("-") + option.letter, option, option.argument == Argument::required);
      if (!option.name.empty()) add("--" + std::string(option.name), option, option.argument != Argument::none);
    }
  }

  // The first error.
  std::optional<Error> run() {
    std::reverse(tokens_.begin(), tokens_.end());  // CLI11 takes them from the end
    app_.parse(tokens_);
    return error_;
  }

 private:
  void add(const std::string& spelling, const Option& option, bool valued) {
    const auto used = [&](const std::string& token) { return token.starts_with(spelling); };
    if (std::ranges::none_of(tokens_, used)) return;
    const auto apply = [this, option, spelling](std::string_view value) {
      if (error_ || request_.help) return;
      if (Result<void> result = option.apply(request_, {spelling, value}); !result) error_ = result.error();
    };
    if (valued) {
      app_.add_option_function<std::string>(spelling, apply)->trigger_on_parse();
    } else {
      app_.add_flag_callback(spelling, [apply, option] { apply(option.otherwise); })->trigger_on_parse();
    }
  }

  CLI::App app_;
  Request& request_;
  std::vector<std::string> tokens_;
  std::optional<Error> error_;
};

// A line that belongs to the message above it.
void say_below(std::string text) {
  if (text.empty()) return;
  text.push_back('\n');
  std::fputs(text.c_str(), stderr);
}

ExitStatus fail(const base::Log& log, const Error& error) {
  log.say(error.what);
  say_below(suggestion(error.what));
  if (error.number == EINVAL) hint(log);
  return {1};
}

}  // namespace

std::variant<session::Options, ExitStatus> parse(int argc, char** argv) {
  Request request;
  if (argc > 0 && argv[0][0] != '\0') request.options.program = argv[0];
  const base::Log log(request.options.program);

  Arguments arguments = read_arguments(argc, argv, Report::no);
  if (const auto error = Interpreter(request, std::move(arguments.tokens)).run()) return fail(log, *error);
  if (request.help) {
    print(help_text(log.program()));
    return ExitStatus{0};
  }
  if (arguments.failed) {
    read_arguments(argc, argv, Report::yes);
    say_below(option_suggestion(arguments.wrong));
    hint(log);
    return ExitStatus{1};
  }
  if (request.version) {
    print(version_text());
    return ExitStatus{0};
  }
  const std::vector<std::string> command(argv + arguments.command, argv + argc);
  if (const auto error = finish(request, command, log)) return fail(log, *error);
  return std::move(request.options);
}

}  // namespace ktrace::cli
