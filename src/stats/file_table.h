// --stats=files: which files, sockets and other things behind descriptors were worked with. A call on two of them
// (dup2, sendfile) counts for both. Beyond a bound those that took the least time are added up in one row; a name that
// comes again after that has a new row, so their number may be too high.
#pragma once

#include <string>
#include <unordered_map>

#include "stats/statistic.h"

namespace ktrace::stats {

class FileTable final : public Statistic {
 public:
  static constexpr std::size_t most_files = 8192;

  explicit FileTable(Nanoseconds overhead) : overhead_(overhead) {}

  void call(const Subject& /*who*/, const CallState& /*call*/) override {}
  void file(const CallState& call, const FileUse& use) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Counted {
    uint64_t calls = 0;
    uint64_t errors = 0;
    uint64_t bytes_read = 0;
    uint64_t bytes_written = 0;
    Nanoseconds time{};
    void add(const Counted& other);
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void bound();

  Nanoseconds overhead_;
  std::unordered_map<std::string, Counted, Hash, std::equal_to<>> files_;
  Counted folded_;
  uint64_t folded_count_ = 0;
};

}  // namespace ktrace::stats
