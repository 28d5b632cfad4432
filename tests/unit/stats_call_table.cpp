// The tables of -c. The expected texts are what strace 7.2 prints for such calls.
#include "stats/call_table.h"

#include <doctest/doctest.h>

#include "output_support.h"
#include "stats/stats_sink.h"

using namespace ktrace;
using namespace ktrace::output::test;
using ktrace::stats::StatsSink;
using SummaryOptions = ktrace::stats::CallTableOptions;

namespace {

using Column = SummaryOptions::Column;
using std::chrono::microseconds;

struct Made {
  std::string_view name;
  uint64_t number;
  int64_t system;  // microseconds
  int64_t wall;
  bool failed = false;
  Abi abi = native_abi;
};

std::string table(const SummaryOptions& options, std::initializer_list<Made> calls) {
  Trace trace;
  StatsSink sink(*trace.destination, {.calls = options, .what = {ktrace::stats::What::syscalls}}, {});
  for (const Made& made : calls) {
    CallState call = make_call(7, made.name, made.number);
    call.abi = made.abi;
    call.left = microseconds(made.wall);
    call.system_time = microseconds(made.system);
    call.outcome.is_error = made.failed;
    sink.call_begin(thread(7), call);
    sink.call_end(thread(7), call);
  }
  sink.finish();
  return trace.text();
}

const std::initializer_list<Made> some = {
    {"read", 0, 10, 100},
    {"read", 0, 5, 300},
    {"openat", 257, 36, 20, true},
    {"close", 3, 15, 21, true},
    {"openat", 257, 100, 50, false},
};

}  // namespace

TEST_CASE("the default table is sorted by CPU time") {
  CHECK(table({}, some) ==
        "% time     seconds  usecs/call     calls    errors syscall\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        " 81.93    0.000136          68         2         1 openat\n"
        "  9.04    0.000015           7         2           read\n"
        "  9.04    0.000015          15         1         1 close\n"
        "------ ----------- ----------- --------- --------- ----------------\n"
        "100.00    0.000166          33         5         2 total\n");
}

TEST_CASE("-w counts wall clock time, from which -O takes its share of every call") {
  SummaryOptions options;
  options.wall_clock = true;
  options.overhead = microseconds(30);
  options.columns = {Column::total_time, Column::min_time, Column::max_time, Column::wall_avg, Column::name};
  CHECK(table(options, some) ==
        "    seconds shortest  longest    wall-avg syscall\n"
        "----------- -------- -------- ----------- ----------------\n"
        "   0.000340 0.000070 0.000270         170 read\n"
        "   0.000020 0.000000 0.000020          10 openat\n"
        "   0.000000 0.000000 0.000000           0 close\n"
        "----------- -------- -------- ----------- ----------------\n"
        "   0.000360 0.000000 0.000270          72 total\n");
}

TEST_CASE("the name may stand anywhere and is appended if it was left out") {
  SummaryOptions options;
  options.columns = {Column::name, Column::calls};
  options.sort_by = Column::name;
  CHECK(table(options, some) ==
        "syscall              calls\n"
        "---------------- ---------\n"
        "close                    1\n"
        "openat                   2\n"
        "read                     2\n"
        "---------------- ---------\n"
        "total                    5\n");
  options.columns = {Column::errors};
  options.sort_by.reset();
  CHECK(table(options, some) ==
        "   errors syscall\n"
        "--------- ----------------\n"
        "          read\n"
        "        1 close\n"
        "        1 openat\n"
        "--------- ----------------\n"
        "        2 total\n");
}

TEST_CASE("every column can be shown and sorted by") {
  SummaryOptions options;
  options.columns = {Column::time_percent, Column::total_time, Column::min_time, Column::max_time,
                     Column::avg_time,     Column::wall_total, Column::wall_min, Column::wall_max,
                     Column::wall_avg,     Column::calls,      Column::errors,   Column::name};
  const std::string head =
      "% time     seconds shortest  longest  usecs/call  wall-total wall-min wall-max    wall-avg     calls    errors "
      "syscall\n";
  CHECK(table(options, some).substr(0, head.size()) == head);
  const auto first = [&](Column key) {
    SummaryOptions by;
    by.sort_by = key;
    by.columns = {Column::name};
    const std::string text = table(by, some);
    const auto row = text.find('\n', text.find('\n') + 1) + 1;
    return text.substr(row, text.find('\n', row) - row);
  };
  CHECK(first(Column::time_percent) == "openat");
  CHECK(first(Column::total_time) == "openat");
  CHECK(first(Column::min_time) == "openat");
  CHECK(first(Column::max_time) == "openat");
  CHECK(first(Column::avg_time) == "openat");
  CHECK(first(Column::wall_total) == "read");
  CHECK(first(Column::wall_min) == "read");
  CHECK(first(Column::wall_max) == "read");
  CHECK(first(Column::wall_avg) == "read");
  CHECK(first(Column::calls) == "read");
  CHECK(first(Column::errors) == "close");
  CHECK(first(Column::name) == "close");
}

TEST_CASE("long names widen the last column; without time all shares are zero") {
  CHECK(table({}, {{"sched_setscheduler", 144, 0, 0}}) ==
        "% time     seconds  usecs/call     calls    errors syscall\n"
        "------ ----------- ----------- --------- --------- -------------------\n"
        "  0.00    0.000000           0         1           sched_setscheduler\n"
        "------ ----------- ----------- --------- --------- -------------------\n"
        "100.00    0.000000           0         1           total\n");
}

TEST_CASE("another ABI has a table of its own, and sub-calls of one number a row each") {
  SummaryOptions options;
  options.columns = {Column::calls, Column::name};
  CHECK(table(options, {{"socket", 102, 0, 0, false, compat_abi},
                        {"bind", 102, 0, 0, false, compat_abi},
                        {"socket", 102, 0, 0, false, compat_abi},
                        {"execve", 59, 0, 0, false, native_abi}}) ==
        "    calls syscall\n"
        "--------- ----------------\n"
        "        1 execve\n"
        "--------- ----------------\n"
        "        1 total\n"
        "System call usage summary for 32 bit mode:\n"
        "    calls syscall\n"
        "--------- ----------------\n"
        "        1 bind\n"
        "        2 socket\n"
        "--------- ----------------\n"
        "        3 total\n");
}

TEST_CASE("nothing counted, nothing printed") {
  CHECK(table({}, {}).empty());
}
