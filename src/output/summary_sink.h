// The table of -c and -C: how often each system call was made, how long it took and how often it failed; one table for
// each ABI that was used. Times are CPU time in the kernel, or with -w the time between entry and exit.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "output/destination.h"
#include "output/null_sink.h"

namespace ktrace::output {

struct SummaryOptions {
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
  };
  bool wall_clock = false;  // -w
  Nanoseconds overhead{};   // -O: taken off every call
  std::vector<Column> columns{Column::time_percent, Column::total_time, Column::avg_time, Column::calls,
                              Column::errors,       Column::name};  // -U; `name` is appended if missing
  std::optional<Column> sort_by = Column::time_percent;             // -S; nothing: by number
};

class SummarySink final : public NullSink {
 public:
  using Column = SummaryOptions::Column;

  SummarySink(Destination& destination, SummaryOptions options);

  void call_end(const Subject& who, CallState& call) override;
  void finish() override;

 private:
  // Times of one system call.
  struct Times {
    Nanoseconds total{};
    Nanoseconds least = Nanoseconds::max();
    Nanoseconds most{};
    void add(Nanoseconds time);
    void add(const Times& other);
  };
  struct Row {
    std::string name;
    uint64_t number = 0;
    uint64_t calls = 0;
    uint64_t errors = 0;
    Times time;  // what -w chooses
    Times wall;
  };
  struct Table {
    std::vector<Row> rows;
    std::map<std::pair<uint64_t, std::string>, uint32_t, std::less<>> index;
    std::array<uint32_t, 512> latest{};  // by number: 1 + the row that was last counted under it
  };

  Row& row(const CallState& call);
  void append_table(std::string& out, Table& table) const;
  void sort(std::vector<Row>& rows) const;
  void append_row(std::string& out, const Row& row, double percent, std::size_t name_width) const;

  Destination* destination_;
  SummaryOptions options_;
  std::array<Table, abi_count> tables_;
};

}  // namespace ktrace::output
