// One table in every format.
#include "stats/table.h"

#include <doctest/doctest.h>

#include <string>

using namespace ktrace;
using namespace ktrace::stats;
using std::chrono::microseconds;

namespace {

Table some() {
  using Align = Column::Align;
  using Width = Column::Width;
  Table table{.name = "syscalls",
              .abi = {},
              .title = "System calls",
              .columns = {{"time-percent", "% time", 6},
                          {"wall-total", "wall-total", 11},
                          {"p99", "p99", 8},
                          {"errors", "errors", 9},
                          {{}, "", 4, Align::left, Width::fixed},
                          {"name", "syscall", 8, Align::left, Width::grows}}};
  table.rows = {
      {Cell::of_percent(66.666666), Cell::of_seconds(microseconds(2000001)), Cell::of_duration(microseconds(12345)),
       Cell::of_count_if_any(3), Cell::of_bar(4), Cell::of_text("openat")},
      {Cell::of_percent(33.333333), Cell::of_seconds(microseconds(1000000)), Cell::of_duration(Nanoseconds(999)),
       Cell::of_count_if_any(0), Cell::of_bar(0), Cell::of_text("a|b\n\"c\",d\x1b")}};
  table.folded = 2;
  table.others = {Cell::of_percent(0),      {}, Cell::of_duration(microseconds(1)),
                  Cell::of_count_if_any(0), {}, Cell::of_text("(2 others)")};
  table.total = {Cell::of_percent(100), Cell::of_seconds(microseconds(3000001)), {}, Cell::of_count_if_any(3), {},
                 Cell::of_text("total")};
  return table;
}

}  // namespace

TEST_CASE("text is aligned as strace's, and what a program called its things is escaped") {
  std::string text;
  append_text(text, some());
  CHECK(text ==
        "System calls\n"
        "% time  wall-total      p99    errors      syscall\n"
        "------ ----------- -------- --------- ---- ----------------\n"
        " 66.67    2.000001   12.3ms         3 #### openat\n"
        " 33.33    1.000000    999ns                a|b\\n\\\"c\\\",d\\33\n"
        "  0.00               1.00us                (2 others)\n"
        "------ ----------- -------- --------- ---- ----------------\n"
        "100.00    3.000001                  3      total\n");
}

TEST_CASE("Markdown has no cell that ends early") {
  std::string text;
  append_markdown(text, some());
  CHECK(text ==
        "### System calls\n\n"
        "| % time | wall-total | p99 | errors |  | syscall |\n"
        "|---:|---:|---:|---:|:---|:---|\n"
        "| 66.67 | 2.000001 | 12.3ms | 3 | #### | openat |\n"
        "| 33.33 | 1.000000 | 999ns |  |  | a\\|b\\\\n\\\\\"c\\\\\",d\\\\33 |\n"
        "| 0.00 |  | 1.00us |  |  | (2 others) |\n"
        "| 100.00 | 3.000001 |  | 3 |  | total |\n");
}

TEST_CASE("CSV has plain numbers, times in seconds, and no total") {
  std::string text;
  append_csv(text, some(), nullptr);
  CHECK(text ==
        "time-percent,wall-total,p99,errors,name\n"
        "66.6667,2.000001000,0.012345000,3,openat\n"
        "33.3333,1.000000000,0.000000999,0,\"a|b\\n\\\"\"c\\\"\",d\\33\"\n"
        "0.0000,,0.000001000,0,(2 others)\n");
  text.clear();
  Table small{.name = "errors", .columns = {{"errors", "errors", 9}}, .rows = {{Cell::of_count(1)}}};
  const Interval interval{.from = microseconds(1000000), .to = microseconds(2500000)};
  append_csv(text, small, &interval);
  CHECK(text ==
        "from,to,errors\n"
        "1.000000000,2.500000000,1\n");
}

TEST_CASE("JSON is an object with rows") {
  std::string text;
  append_json(text, some());
  CHECK(
      text ==
      "{\"name\":\"syscalls\",\"rows\":["
      "{\"time-percent\":66.6667,\"wall-total\":2.000001000,\"p99\":0.012345000,\"errors\":3,\"name\":\"openat\"},"
      "{\"time-percent\":33.3333,\"wall-total\":1.000000000,\"p99\":0.000000999,\"errors\":0,"
      "\"name\":\"a|b\\n\\\"c\\\",d\\u001b\"}],"
      "\"folded\":2,\"others\":{\"time-percent\":0.0000,\"wall-total\":null,\"p99\":0.000001000,\"errors\":0,"
      "\"name\":\"(2 others)\"},"
      "\"total\":{\"time-percent\":100.0000,\"wall-total\":3.000001000,\"p99\":null,\"errors\":3,\"name\":\"total\"}}");
}

TEST_CASE("durations have three digits and the unit that fits") {
  CHECK(short_duration(Nanoseconds(0)) == "0ns");
  CHECK(short_duration(Nanoseconds(999)) == "999ns");
  CHECK(short_duration(Nanoseconds(1000)) == "1.00us");
  CHECK(short_duration(Nanoseconds(9994)) == "9.99us");
  CHECK(short_duration(Nanoseconds(9996)) == "10.0us");
  CHECK(short_duration(Nanoseconds(99960)) == "100us");
  CHECK(short_duration(Nanoseconds(999400)) == "999us");
  CHECK(short_duration(Nanoseconds(999600)) == "1.00ms");
  CHECK(short_duration(std::chrono::seconds(2)) == "2.00s");
  CHECK(short_duration(std::chrono::seconds(12345)) == "12345s");
}
