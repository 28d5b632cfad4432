// The table of system calls: how often each was made, how long it took and how often it failed; one table for each ABI
// that was used. It is that of -c and -C, to the byte, and with other columns that of --stats.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stats/call_rows.h"
#include "stats/histogram.h"
#include "stats/statistic.h"

namespace ktrace::stats {

struct CallTableOptions {
  enum class Column : uint8_t {
    time_percent,
    total_time,
    min_time,
    max_time,
    avg_time,
    wall_total,
    wall_min,
    wall_max,
    wall_avg,
    calls,
    errors,
    name,
    // ours
    cpu_total,
    p50,
    p90,
    p99,
    longest,  // wall_max with a unit
  };
  bool wall_clock = false;  // -w
  Nanoseconds overhead{};   // -O: taken off every call
  std::vector<Column> columns{Column::time_percent, Column::total_time, Column::avg_time, Column::calls,
                              Column::errors,       Column::name};  // -U; `name` is appended if missing
  std::optional<Column> sort_by = Column::time_percent;             // -S; nothing: by number
  bool titled = false;                                              // --stats: tables have titles

  // What --stats has where -U and -S are not given.
  static std::vector<Column> columns_of_stats();
};

class CallTable final : public Statistic {
 public:
  using Column = CallTableOptions::Column;

  explicit CallTable(CallTableOptions options);

  void call(const Subject& who, const CallState& call) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Times {
    Nanoseconds total{};
    Nanoseconds least = Nanoseconds::max();
    Nanoseconds most{};
    void add(Nanoseconds time);
    void add(const Times& other);
  };
  struct Counted {
    uint64_t calls = 0;
    uint64_t errors = 0;
    Times time;  // what -w chooses
    Times wall;
    Nanoseconds cpu{};
    std::unique_ptr<Histogram> histogram{};  // of wall times, if a column asks
    void add(const Counted& other);
  };
  using Entry = CallRows<Counted>::Entry;

  void sort(std::vector<const Entry*>& rows) const;
  [[nodiscard]] Table table(std::vector<const Entry*> entries, std::optional<std::size_t> top) const;
  [[nodiscard]] ktrace::stats::Row cells(std::string_view name, const Counted& row, double share) const;
  [[nodiscard]] static Cell cell(Column column, std::string_view name, const Counted& row, double share);

  CallTableOptions options_;
  bool wants_histogram_;
  CallRows<Counted> rows_;
};

}  // namespace ktrace::stats
