// See live_tasks.h. The first number in /proc/TID/schedstat is the CPU time of the thread in nanoseconds, its
// user and system time together (Documentation/scheduler/sched-stats.rst). Accounting brings it up to date whenever
// the thread stops running, so it is exact for a stopped one; utime and stime in /proc/TID/stat count in ticks.
#include "resolve/live_tasks.h"

#include <algorithm>
#include <charconv>

#include "resolve/procfs.h"

namespace ktrace::resolve {
namespace {

constexpr std::size_t longest_command_line = 400;

}  // namespace

std::optional<Nanoseconds> LiveTasks::cpu_time(Tid tid) {
  char text[64];
  const std::string_view read = read_start(tid, "schedstat", text);
  int64_t value = 0;
  const auto parsed = std::from_chars(read.data(), read.data() + read.size(), value);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return Nanoseconds{value};
}

void LiveTasks::command_line(Tid tid, std::string& out) {
  char text[longest_command_line + 1];
  std::string_view words = read_start(tid, "cmdline", text);
  const bool cut = words.size() > longest_command_line;
  while (!words.empty() && words.back() == '\0') words.remove_suffix(1);
  if (words.empty()) return name(tid, out);
  out = words.substr(0, longest_command_line);
  std::replace(out.begin(), out.end(), '\0', ' ');
  if (cut) out.append("...");
}

void LiveTasks::name(Tid tid, std::string& out) {
  read_comm(tid.value, out);
}

}  // namespace ktrace::resolve
