// ktrace-log-merge LOG: puts the files LOG.PID of `ktrace -ff -tt -o LOG` together, in the order of their times, each
// line with its pid in front.
//
// Within a file lines are in order as they stand. A line without a time, like that of a dump, stays with the one before
// it. A time of day that goes back by more than half a day means that midnight went by: such files are right, too, as
// long as no process was silent for more than half a day.
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <glob.h>

namespace {

// Times are nanoseconds: a double could not tell the ones of -ttt apart.
constexpr int64_t second = 1'000'000'000;
constexpr int64_t day = 86400 * second;

constexpr std::string_view usage = R"(Usage: ktrace-log-merge LOG

Finds all files LOG.PID, puts the PID in front of every line of them, and prints
all lines in the order of their times.

The files are those of 'ktrace -ff -tt -o LOG'; -t, -ttt and other precisions
will do, too. Without times the order is that of the files.
)";

struct Line {
  int64_t time;  // since the first midnight, or since the epoch
  std::size_t file;
  std::string text;
};

// `SECONDS[.FRACTION]`
int64_t nanoseconds(const std::string& text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  int64_t time = std::strtoll(text.substr(0, point).c_str(), nullptr, 10) * second;
  int64_t unit = second / 10;
  for (std::size_t i = point + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; i++, unit /= 10)
    time += (text[i] - '0') * unit;
  return time;
}

// From `HH:MM:SS[.FRACTION] ` or `SECONDS[.FRACTION] ` at the start of a line. `of_day`: it was the first form.
std::optional<int64_t> time_of(std::string_view line, bool& of_day) {
  const std::string word(line.substr(0, line.find(' ')));
  if (word.size() == line.size() || word.empty() || word.find_first_not_of("0123456789:.") != std::string::npos)
    return {};
  const std::size_t colons = static_cast<std::size_t>(std::count(word.begin(), word.end(), ':'));
  of_day = colons == 2 && word[2] == ':' && word.size() >= 8 && word[5] == ':';
  if (of_day) {
    const int64_t hours = std::strtoll(word.substr(0, 2).c_str(), nullptr, 10);
    const int64_t minutes = std::strtoll(word.substr(3, 2).c_str(), nullptr, 10);
    return (hours * 60 + minutes) * 60 * second + nanoseconds(word.substr(6));
  }
  constexpr std::size_t epoch_digits = 9;  // fewer are no time since 1970 that a trace could have
  if (colons != 0 || word.find('.') < epoch_digits || word.size() < epoch_digits) return {};
  return nanoseconds(word);
}

// Appends the lines of one file. Days are counted from the day of the file's first line.
bool read(const std::string& path, std::size_t number, std::vector<Line>& lines) {
  std::ifstream file(path);
  if (!file) {
    std::cerr << "ktrace-log-merge: " << path << ": " << std::strerror(errno) << '\n';
    return false;
  }
  int64_t midnight = 0, before = 0;
  bool started = false;
  for (std::string text; std::getline(file, text);) {
    bool of_day = false;
    if (const std::optional<int64_t> time = time_of(text, of_day)) {
      if (of_day && started && midnight + *time < before - day / 2) midnight += day;
      before = *time + midnight;
      started = true;
    }
    lines.push_back({before, number, std::move(text)});
  }
  return true;
}

// Files that begin after midnight belong to the day after the others'. The times of all files, on a clock that goes
// round once a day, leave one gap that is larger than the others: it is the time when nothing was traced, so the trace
// begins behind it. Nothing is changed if that gap is the night before the first of them.
void align_days(std::vector<Line>& lines, const std::vector<int64_t>& starts) {
  std::vector<int64_t> sorted = starts;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.empty() || sorted.back() >= day || sorted.back() - sorted.front() <= day / 2) return;
  int64_t widest = 0, first = sorted.front();
  for (std::size_t i = 1; i < sorted.size(); i++) {
    if (sorted[i] - sorted[i - 1] <= widest) continue;
    widest = sorted[i] - sorted[i - 1];
    first = sorted[i];
  }
  if (widest <= day - (sorted.back() - sorted.front())) return;
  for (Line& line : lines)
    if (starts[line.file] < first) line.time += day;
}

// The pids of the files LOG.PID, as strings: what follows the last point, if it is a number.
std::vector<std::string> pids_of(const std::string& log) {
  std::string pattern;
  for (const char c : log) {
    if (std::strchr("*?[\\", c) != nullptr) pattern.push_back('\\');
    pattern.push_back(c);
  }
  pattern.append(".*");
  std::vector<std::string> pids;
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; i++) {
      const std::string pid(found.gl_pathv[i] + log.size() + 1);
      if (!pid.empty() && pid.find_first_not_of("0123456789") == std::string::npos) pids.push_back(pid);
    }
  }
  globfree(&found);
  return pids;
}

int merge(const std::string& log) {
  const std::vector<std::string> pids = pids_of(log);
  if (pids.empty()) {
    std::cerr << "ktrace-log-merge: " << log << ": strace output not found\n";
    return 1;
  }
  std::vector<Line> lines;
  std::vector<int64_t> starts(pids.size(), 0);
  std::size_t width = 0;
  bool complete = true;
  for (std::size_t i = 0; i < pids.size(); i++) {
    const std::size_t first = lines.size();
    complete = read(log + "." + pids[i], i, lines) && complete;
    // A file without lines says nothing; it may start with any other.
    starts[i] = first < lines.size() ? lines[first].time : starts[i == 0 ? 0 : i - 1];
    width = std::max(width, pids[i].size());
  }
  align_days(lines, starts);
  std::stable_sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) { return a.time < b.time; });
  std::ios::sync_with_stdio(false);
  for (const Line& line : lines) {
    std::string head = pids[line.file];
    head.resize(width + 1, ' ');
    std::cout << head << line.text << '\n';
  }
  std::cout.flush();
  return complete && std::cout ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view argument = argc == 2 ? argv[1] : "";
  const bool help = argument == "-h" || argument == "--help";
  if (argc != 2 || help) {
    (help ? std::cout : std::cerr) << usage;
    return help ? 0 : 1;
  }
  return merge(argv[1]);
}
