// See file_table.h.
#include "stats/file_table.h"

#include <algorithm>
#include <tuple>

namespace ktrace::stats {

void FileTable::Counted::add(const Counted& other) {
  calls += other.calls;
  errors += other.errors;
  bytes_read += other.bytes_read;
  bytes_written += other.bytes_written;
  time += other.time;
}

void FileTable::file(const CallState& call, const FileUse& use) {
  auto found = files_.find(use.name);
  if (found == files_.end()) {
    if (files_.size() >= 2 * most_files) bound();
    found = files_.emplace(use.name, Counted{}).first;
  }
  Counted& counted = found->second;
  ++counted.calls;
  if (call.outcome.is_error) ++counted.errors;
  counted.bytes_read += use.bytes_read;
  counted.bytes_written += use.bytes_written;
  counted.time += std::max(call.left - call.entered - overhead_, Nanoseconds{});
}

void FileTable::bound() {
  std::vector<Nanoseconds> times;
  for (const auto& [name, counted] : files_) times.push_back(counted.time);
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  const Nanoseconds least = *middle;
  std::size_t most = times.size() / 2;  // also if all took the same time
  for (auto file = files_.begin(); file != files_.end();) {
    if (file->second.time > least || most == 0) {
      ++file;
      continue;
    }
    --most;
    ++folded_count_;
    folded_.add(file->second);
    file = files_.erase(file);
  }
}

void FileTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  static_cast<void>(now);
  using Align = Column::Align;
  using Width = Column::Width;
  using File = std::pair<const std::string, Counted>;
  std::vector<const File*> files;
  Counted all = folded_, others = folded_;
  for (const File& file : files_) {
    files.push_back(&file);
    all.add(file.second);
  }
  std::sort(files.begin(), files.end(), [](const File* a, const File* b) {
    return std::tie(b->second.time, b->second.calls, a->first) < std::tie(a->second.time, a->second.calls, b->first);
  });
  Table made{.name = "files",
             .title = "Files",
             .columns = {{"percent", "% time", 6},
                         {"time", "seconds", 11},
                         {"calls", "calls", 9},
                         {"errors", "errors", 9},
                         {"read", "bytes read", 12},
                         {"written", "written", 12},
                         {"name", "file", 16, Align::left, Width::grows}}};
  const auto cells = [&](std::string_view name, const Counted& file) -> Row {
    return {Cell::of_percent(percent(file.time, all.time)),
            Cell::of_seconds(file.time),
            Cell::of_count(file.calls),
            Cell::of_count_if_any(file.errors),
            Cell::of_count(file.bytes_read),
            Cell::of_count(file.bytes_written),
            Cell::of_text(name)};
  };
  const Cut cut = stats::cut(files.size(), top);
  for (std::size_t i = 0; i < cut.shown; ++i) made.rows.push_back(cells(files[i]->first, files[i]->second));
  for (std::size_t i = cut.shown; i < files.size(); ++i) others.add(files[i]->second);
  made.folded = cut.folded + folded_count_;
  if (made.folded) made.others = cells(others_name(made.folded), others);
  made.total = cells("total", all);
  to.push_back(std::move(made));
}

void FileTable::reset(Nanoseconds now) {
  static_cast<void>(now);
  files_.clear();
  folded_ = {};
  folded_count_ = 0;
}

}  // namespace ktrace::stats
