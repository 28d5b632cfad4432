// See help.h. The layout is strace's: options of a section one below the other, what they do indented under them.
#include "cli/help.h"

#include <fmt/core.h>

#include "cli/option_table.h"
#include "cli/version.h"

namespace ktrace::cli {
namespace {

constexpr std::string_view usage = R"(Usage: {0} [-ACffinNqqrttTvwxxyyYzZ] [-I N] [-b execve] [-e EXPR]...
              [-a COLUMN] [-o FILE] [-s SIZE] [-X STYLE] [-O TIME] [-S KEY]
              [-P PATH]... [-p PID]... [-U COLUMNS] [--json]
              {{ -p PID | [-DDD] [-E VAR=VALUE]... [-u USER] PROG [ARGS] }}
   or: {0} -c[fwzZ] [-I N] [-b execve] [-e EXPR]... [-O TIME] [-S KEY]
              [-P PATH]... [-p PID]... [-U COLUMNS]
              {{ -p PID | [-DDD] [-E VAR=VALUE]... [-u USER] PROG [ARGS] }}
)";

struct Heading {
  Section section;
  std::string_view text;
};
constexpr Heading headings[] = {
    {Section::general, "General"},
    {Section::startup, "Startup"},
    {Section::tracing, "Tracing"},
    {Section::filtering, "Filtering"},
    {Section::output, "Output format"},
    {Section::statistics, "Statistics"},
    {Section::tampering, "Tampering"},
    {Section::stop_condition, "Stop condition"},
    {Section::miscellaneous, "Miscellaneous"},
    {Section::not_yet, "Not supported yet"},
};

void append_option(std::string& out, const Option& option) {
  constexpr std::size_t indentation = 17;
  out.append("  ").append(option.synopsis);
  bool same_line = option.synopsis.size() + 3 <= indentation;
  if (same_line) out.append(indentation - 2 - option.synopsis.size(), ' ');
  for (std::string_view rest = option.help; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (!same_line) out.append("\n").append(indentation, ' ');
    out.append(line);
    same_line = false;
  }
  out.push_back('\n');
}

}  // namespace

std::string help_text(std::string_view program) {
  std::string out = fmt::format(usage, program);
  for (const Heading& heading : headings) {
    out.append("\n").append(heading.text).append(":\n");
    for (const Option& option : options())
      if (option.section == heading.section) append_option(out, option);
  }
  return out;
}

std::string version_text() {
  return fmt::format(
      "ktrace -- version {}\n"
      "This is free software; see the source for copying conditions.  There is NO\n"
      "warranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.\n"
      "\n"
      "Optional features enabled: m32-mpers json\n",
      version);
}

}  // namespace ktrace::cli
