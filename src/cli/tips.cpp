// See tips.h. `compact` is the tip alone; `full` adds an example to try.
#include "cli/tips.h"

#include <climits>
#include <random>

#include "cli/values.h"

namespace ktrace::cli {
namespace {

struct Tip {
  std::string_view text;
  std::string_view example;
};
constexpr Tip tips[] = {
    {"-f follows children and threads; without it only the first thread is traced.", "ktrace -f make"},
    {"-y shows the path behind every file descriptor, -yy also sockets and devices.", "ktrace -yy curl example.org"},
    {"-P shows only the calls that touch a path.", "ktrace -f -P /etc/passwd id"},
    {"Names of system calls may be classes: %file, %network, %process, %memory...", "ktrace -e %file ls"},
    {"/REGEX selects system calls by pattern.", "ktrace -e '/^sched_' nproc"},
    {"-Z shows what failed and nothing else.", "ktrace -f -Z -e %file ssh -V"},
    {"-c counts instead of printing; -C does both. -w counts time as a clock on the wall does.",
     "ktrace -c -w ls -lR /usr"},
    {"-o '|COMMAND' pipes the trace into a command; the program keeps its own standard error.", "ktrace -o '|less' ls"},
    {"-ff -o FILE writes a file for each process; ktrace-log-merge puts them together again.",
     "ktrace -ff -tt -o log make; ktrace-log-merge log"},
    {"-k prints the stack of each call; --stack-ids prints each stack once.", "ktrace -k --stack-ids ls"},
    {"--json writes an object for each call, for programs to read.", "ktrace --json -o log ls; jq .name log"},
    {"-s 9999 shows strings in full: the default is their first 32 bytes.", "ktrace -s 9999 -e write echo"},
    {"-e read=FD and -e write=FD dump all data that goes through a descriptor.", "ktrace -e write=1 -e trace=write ls"},
    {"-X verbose shows numbers and their names, -X raw the numbers alone.", "ktrace -X verbose ls"},
    {"-T shows how long each call took, -r how long after the one before it began.", "ktrace -r -T ls"},
    {"-b execve traces the children until they become another program.", "ktrace -f -b execve make"},
    {"-D keeps the program the direct child of who called ktrace.", "ktrace -D -o log ./daemon"},
    {"--syscall-limit=N lets the program go after N calls were shown.", "ktrace --syscall-limit=100 -p 1234"},
    {"A ? before a name says that it need not exist, so scripts run on every machine.", "ktrace -e '?open,openat' ls"},
    {"Unambiguous beginnings of long options will do.", "ktrace --follow --trace=%process make"},
};
constexpr std::size_t tip_count = sizeof tips / sizeof tips[0];

enum class Format : uint8_t { none, compact, full };

std::optional<Format> parse_format(std::string_view word) {
  if (same_word(word, "none")) return Format::none;
  if (same_word(word, "compact")) return Format::compact;
  if (same_word(word, "full")) return Format::full;
  return {};
}

std::optional<std::size_t> parse_id(std::string_view word) {
  if (same_word(word, "random")) return std::random_device{}() % tip_count;
  const auto number = parse_number(word, 0, INT_MAX);
  if (!number) return {};
  return static_cast<std::size_t>(*number) % tip_count;
}

bool take(std::string_view& word, std::string_view prefix) {
  if (!same_word(word.substr(0, prefix.size()), prefix)) return false;
  word.remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::optional<std::string> tip(std::string_view argument) {
  Format format = Format::compact;
  std::size_t id = std::random_device{}() % tip_count;
  for (std::string_view rest = argument; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    std::string_view word = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (word.empty()) continue;
    const bool only_id = take(word, "id:");
    const bool only_format = !only_id && take(word, "format:");
    const auto as_format = only_id ? std::nullopt : parse_format(word);
    const auto as_id = only_format || as_format ? std::nullopt : parse_id(word);
    if (!as_format && !as_id) return {};
    if (as_format) format = *as_format;
    if (as_id) id = *as_id;
  }
  if (format == Format::none) return std::string{};
  std::string text = "Tip " + std::to_string(id) + ": ";
  text.append(tips[id].text).push_back('\n');
  if (format == Format::full)
    text.append("  Try: ").append(tips[id].example).append("\n  More: man ktrace, ktrace -h\n");
  return text;
}

}  // namespace ktrace::cli
