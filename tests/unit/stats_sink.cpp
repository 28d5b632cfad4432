// The statistics behind --stats, fed with made-up events.
#include "stats/stats_sink.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "output/text_sink.h"
#include "output_support.h"
#include "stats/file_table.h"
#include "stats/task_table.h"

using namespace ktrace;
using namespace ktrace::stats;
using namespace ktrace::output::test;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

class FakeTasks final : public Tasks {
 public:
  std::map<int, Nanoseconds> cpu;
  std::map<int, std::string> commands;

  std::optional<Nanoseconds> cpu_time(Tid tid) override {
    const auto found = cpu.find(tid.value);
    return found == cpu.end() ? std::nullopt : std::optional(found->second);
  }
  void command_line(Tid tid, std::string& out) override { out = commands[tid.value]; }
  void name(Tid tid, std::string& out) override { out = "t" + std::to_string(tid.value); }
};

Subject thread_of(int tid, int tgid) {
  Subject who = thread(tid);
  who.tgid = Tgid{tgid};
  return who;
}

// A session whose clock the test turns.
struct Session {
  explicit Session(StatsOptions options) {
    sink = std::make_unique<StatsSink>(
        *trace.destination, std::move(options),
        StatsSink::Sources{.tasks = &tasks, .cost = [this] { return cost; }, .clock = [this] { return now; }});
  }

  void call(int tid, std::string_view name, Nanoseconds wall, int error = 0, Nanoseconds cpu = {}) {
    CallState call = make_call(tid, name, 1000 + name.size());
    call.abi = native_abi;
    call.entered = now;
    call.left = now + wall;
    call.system_time = call.thread_time = cpu;
    call.outcome = {.value = -error, .is_error = error != 0};
    now = call.left;
    sink->call_end(thread(tid), call);
  }
  std::string finish() {
    sink->finish();
    return trace.text();
  }

  FakeTasks tasks;
  TracingCost cost;
  Nanoseconds now = seconds(100);
  Trace trace;
  std::unique_ptr<StatsSink> sink;
};

StatsOptions of(What what, Format format = Format::text) {
  StatsOptions options{.given = true, .what = {what}, .format = format};
  options.calls.wall_clock = true;
  options.calls.columns = CallTableOptions::columns_of_stats();
  return options;
}

std::string until(const std::string& text, std::string_view end) {
  return text.substr(0, text.find(end));
}

}  // namespace

TEST_CASE("calls with percentiles, and the cost of tracing behind them") {
  Session session(of(What::syscalls));
  session.cost = {
      .stops = 2000, .own_time = milliseconds(30), .stop = microseconds(20), .own_per_stop = microseconds(5)};
  for (int i = 0; i < 99; ++i) session.call(7, "read", microseconds(100), 0, microseconds(3));
  session.call(7, "read", milliseconds(90), EINTR);
  session.call(7, "close", microseconds(100));
  CHECK(session.finish() ==
        "System calls\n"
        "% time  wall-total   cpu-total      p50      p90      p99      max     calls    errors syscall\n"
        "------ ----------- ----------- -------- -------- -------- -------- --------- --------- ----------------\n"
        " 99.90    0.099900    0.000297    100us    100us    100us   90.0ms       100         1 read\n"
        "  0.10    0.000100    0.000000    100us    100us    100us    100us         1           close\n"
        "------ ----------- ----------- -------- -------- -------- -------- --------- --------- ----------------\n"
        "100.00    0.100000    0.000297    100us    100us    100us   90.0ms       101         1 total\n"
        "\n"
        "Tracing: 2000 stops in 0.100 s took 30.0ms of CPU time in ktrace and held threads up for 60.0ms in all.\n"
        "Without it, all would have taken about 40.0ms (an estimate; a stop alone: 20.0us).\n");
}

TEST_CASE("errors by errno, most frequent first") {
  Session session(of(What::errors));
  session.call(7, "read", {});
  for (int i = 0; i < 3; ++i) session.call(7, "openat", {}, ENOENT);
  session.call(7, "openat", {}, EACCES);
  session.call(7, "read", {}, 512);
  session.call(7, "ioctl", {}, 4000);
  CHECK(until(session.finish(), "\n\n") ==
        "Errors\n"
        "   errors % of calls errno        syscall\n"
        "--------- ---------- ------------ ----------------\n"
        "        3      75.00 ENOENT       openat\n"
        "        1     100.00 4000         ioctl\n"
        "        1      25.00 EACCES       openat\n"
        "        1      50.00 ERESTARTSYS  read\n"
        "--------- ---------- ------------ ----------------\n"
        "        6                         total");
}

TEST_CASE("--top folds what is left over into a row that says how many") {
  StatsOptions options = of(What::errors);
  options.top = 1;
  Session session(options);
  session.call(7, "openat", {}, ENOENT);
  session.call(7, "openat", {}, ENOENT);
  session.call(7, "openat", {}, EACCES);
  session.call(7, "read", {}, EIO);
  CHECK(until(session.finish(), "\n\n") ==
        "Errors\n"
        "   errors % of calls errno        syscall\n"
        "--------- ---------- ------------ ----------------\n"
        "        2      66.67 ENOENT       openat\n"
        "        2                         (2 others)\n"
        "--------- ---------- ------------ ----------------\n"
        "        4                         total");
}

TEST_CASE("processes: threads together, children named after their parents until they call execve") {
  Session session(of(What::processes));
  session.tasks.commands[10] = "make all";
  session.tasks.cpu[10] = seconds(5);  // before it was traced
  session.sink->tracee_added(thread_of(10, 10), {}, {.monotonic = session.now});
  session.sink->tracee_added(thread_of(11, 10), Tid{10}, {.monotonic = session.now});
  session.sink->tracee_added(thread_of(20, 20), Tid{10}, {.monotonic = session.now});
  session.call(10, "read", milliseconds(10), EIO);
  session.call(11, "read", milliseconds(20));
  session.call(20, "fork", milliseconds(30));
  session.sink->ending(thread_of(20, 20));
  session.sink->tracee_removed(thread_of(20, 20), {.monotonic = session.now});
  session.tasks.cpu = {{10, seconds(7)}, {11, seconds(1)}};
  session.now += milliseconds(40);
  CHECK(until(session.finish(), "\n\n") ==
        "Processes\n"
        "        cpu     elapsed    in calls     calls    errors     pid command\n"
        "----------- ----------- ----------- --------- --------- ------- ----------------\n"
        "   3.000000    0.100000    0.030000         2         1      10 make all\n"
        "   0.000000    0.060000    0.030000         1                20 make all\n"
        "----------- ----------- ----------- --------- --------- ------- ----------------\n"
        "   3.000000    0.160000    0.060000         3         1         total");
}

TEST_CASE("threads: each by itself, also one that took over the leader's id") {
  Session session(of(What::threads));
  session.tasks.commands[10] = session.tasks.commands[11] = "server";
  session.sink->tracee_added(thread_of(10, 10), {}, {.monotonic = session.now});
  session.sink->tracee_added(thread_of(11, 10), Tid{10}, {.monotonic = session.now});
  session.call(11, "read", milliseconds(10));
  session.sink->tracee_removed(thread_of(10, 10), {.monotonic = session.now});
  session.sink->pid_changed(thread_of(10, 10), Tid{11}, {.monotonic = session.now});
  session.call(10, "write", milliseconds(10));
  CHECK(until(session.finish(), "\n\n") ==
        "Threads\n"
        "        cpu     elapsed    in calls     calls    errors     pid     tid thread          command\n"
        "----------- ----------- ----------- --------- --------- ------- ------- --------------- ----------------\n"
        "   0.000000    0.020000    0.020000         2                10      10 t10             server\n"
        "   0.000000    0.010000    0.000000         0                10      10 t10             server\n"
        "----------- ----------- ----------- --------- --------- ------- ------- --------------- ----------------\n"
        "   0.000000    0.030000    0.020000         2                                           total");
}

TEST_CASE("thousands of processes: the longest stay, the others are counted") {
  Session session(of(What::processes));
  const int many = 20000;
  for (int pid = 1; pid <= many; ++pid) {
    session.tasks.commands[pid] = "p" + std::to_string(pid);
    session.sink->tracee_added(thread_of(pid, pid), Tid{999999}, {.monotonic = session.now});
    session.tasks.cpu[pid] = microseconds(pid);
    session.sink->ending(thread_of(pid, pid));
    session.tasks.cpu.erase(pid);
    session.sink->tracee_removed(thread_of(pid, pid), {.monotonic = session.now});
  }
  const std::string text = session.finish();
  CHECK(text.find(" p20000\n") != std::string::npos);
  CHECK(text.find(" p5000\n") == std::string::npos);
  const auto rows = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  CHECK(rows < 2 * TaskTable::most_ended + 20);
  CHECK(text.find("(" + std::to_string(many - static_cast<int>(rows) + 9) + " others)") != std::string::npos);
  CHECK(text.find(" 200.010000 ") != std::string::npos);  // nothing of the total is lost
}

TEST_CASE("files: calls, bytes, time; a call on two counts for both") {
  Session session(of(What::files));
  CallState call = make_call(7, "sendfile", 40);
  call.left = milliseconds(3);
  session.sink->file(call, {.name = "/data", .bytes_read = 4096});
  session.sink->file(call, {.name = "TCP:[127.0.0.1:1->127.0.0.1:2]", .bytes_written = 4096});
  call.outcome.is_error = true;
  call.left = milliseconds(1);
  session.sink->file(call, {.name = "/data"});
  CHECK(until(session.finish(), "\n\n") ==
        "Files\n"
        "% time     seconds     calls    errors   bytes read      written file\n"
        "------ ----------- --------- --------- ------------ ------------ -------------------------------\n"
        " 57.14    0.004000         2         1         4096            0 /data\n"
        " 42.86    0.003000         1                      0         4096 TCP:[127.0.0.1:1->127.0.0.1:2]\n"
        "------ ----------- --------- --------- ------------ ------------ -------------------------------\n"
        "100.00    0.007000         3         1         4096         4096 total");
}

TEST_CASE("files: with very many of them, those that took the longest stay") {
  FileTable files({});
  CallState call = make_call(7, "read");
  const int many = 50000;
  for (int i = 0; i < many; ++i) {
    const std::string name = "/f" + std::to_string(i);
    call.left = microseconds(i % 1000 == 0 ? 1000000 : 1);
    files.file(call, {.name = name, .bytes_read = 1});
  }
  std::vector<Table> tables;
  files.append(tables, {}, {});
  const Table& table = tables.at(0);
  CHECK(table.rows.size() <= 2 * FileTable::most_files);
  CHECK(table.rows.size() + table.folded == many);
  for (std::size_t i = 0; i < many / 1000; ++i) CHECK(table.rows[i][1].time == seconds(1));
  CHECK(table.total[4].number == many);
}

TEST_CASE("blocked: what of a call's time was not spent on a CPU") {
  Session session(of(What::blocked));
  session.sink->tracee_added(thread(7), {}, {.monotonic = session.now});
  session.call(7, "futex", milliseconds(50), 0, milliseconds(10));
  session.call(7, "write", milliseconds(10), 0, milliseconds(20));  // clocks differ: never less than nothing
  CallState waits = make_call(7, "wait4", 61);
  waits.entered = session.now;
  waits.left = session.now += milliseconds(20);
  session.sink->call_lost(thread(7), waits, Loss::exited);
  session.tasks.cpu[7] = milliseconds(30);
  session.now += milliseconds(20);
  CHECK(until(session.finish(), "\n\nTracing") ==
        "Blocked\n"
        "% blocked     blocked     working     calls syscall\n"
        "--------- ----------- ----------- --------- ----------------\n"
        "    66.67    0.040000    0.010000         1 futex\n"
        "    33.33    0.020000    0.000000         1 wait4\n"
        "     0.00    0.000000    0.010000         1 write\n"
        "--------- ----------- ----------- --------- ----------------\n"
        "   100.00    0.060000    0.020000         3 total\n"
        "\n"
        "Time of all threads\n"
        "     %     seconds state\n"
        "------ ----------- ------------------------------------------------------------\n"
        " 30.00    0.030000 working, on a CPU\n"
        " 60.00    0.060000 blocked in calls\n"
        " 10.00    0.010000 other: traced, stopped, waiting for a CPU, in calls that go on\n"
        "------ ----------- ------------------------------------------------------------\n"
        "100.00    0.100000 total");
}

TEST_CASE("histogram: a call's rows without gaps, with bars") {
  Session session(of(What::histogram));
  for (int i = 0; i < 8; ++i) session.call(7, "read", Nanoseconds(1500));
  session.call(7, "read", Nanoseconds(5000));
  CHECK(until(session.finish(), "\n\n") ==
        "Latency\n"
        "syscall              from       to     calls % of calls\n"
        "---------------- -------- -------- --------- ---------- ----------------------------------------\n"
        "read               1.02us   2.05us         8      88.89 ########################################\n"
        "read               2.05us   4.10us         0       0.00\n"
        "read               4.10us   8.19us         1      11.11 #####");
}

TEST_CASE("--every prints what was counted so far, --reset what came since the last time") {
  for (const bool anew : {false, true}) {
    StatsOptions options = of(What::syscalls);
    options.calls.columns = {CallTableOptions::Column::calls};
    options.every = seconds(1);
    options.anew = anew;
    Session session(options);
    session.call(7, "read", milliseconds(600));
    session.call(7, "read", milliseconds(600));  // due at the end of this
    session.call(7, "read", milliseconds(600));
    session.now = seconds(103);
    CHECK(*session.sink->on_idle(session.now) == seconds(1));
    session.call(7, "read", milliseconds(100));
    const std::string text = until(session.finish(), "\n\nTracing");
    const auto table = [](const char* when, int calls) {
      const std::string count = "        " + std::to_string(calls);
      const std::string rule = "--------- ----------------\n";
      return std::string(when) + "\n\nSystem calls\n    calls syscall\n" + rule + count + " read\n" + rule + count +
             " total";
    };
    if (anew) {
      CHECK(text == table("From 0.000 s to 1.200 s", 2) + "\n\n" + table("From 1.200 s to 3.000 s", 1) + "\n\n" +
                        table("From 3.000 s to 3.100 s", 1));
    } else {
      CHECK(text ==
            table("After 1.200 s", 2) + "\n\n" + table("After 3.000 s", 3) + "\n\n" + table("After 3.100 s", 4));
    }
  }
}

TEST_CASE("--every with -C: the line of a call that waits is ended before a table, and taken up after it") {
  StatsOptions options{.what = {What::syscalls}, .every = seconds(1)};
  options.calls.columns = {CallTableOptions::Column::calls};
  Session session(options);
  output::TextSink text(*session.trace.destination, {.pid = output::TextOptions::Pid::always});
  CallState call = make_call(7, "pause", 34);
  text.tracee_added(thread(7), {}, {});
  text.call_begin(thread(7), call);
  text.call_suspend(call);
  session.sink->on_idle(session.now + milliseconds(1500));
  session.sink->on_idle(session.now + milliseconds(2500));
  text.call_resume(thread(7), call);
  text.result(call, returns(0));
  text.call_end(thread(7), call);
  CHECK(session.trace.text() ==
        "7     pause( <unfinished ...>\n"
        "After 1.500 s\n"
        "\n"
        "After 2.500 s\n"
        "7     <... pause resumed>)              = 0\n");
}

TEST_CASE("Markdown and CSV reports") {
  StatsOptions options = of(What::errors, Format::markdown);
  options.every = seconds(10);
  Session markdown(options);
  markdown.call(7, "openat", {}, ENOENT);
  CHECK(until(markdown.finish(), "\nTracing") ==
        "## After 0.000 s\n\n"
        "### Errors\n\n"
        "| errors | % of calls | errno | syscall |\n"
        "|---:|---:|:---|:---|\n"
        "| 1 | 100.00 | ENOENT | openat |\n"
        "| 1 |  |  | total |\n");
  Session csv(of(What::errors, Format::csv));
  csv.call(7, "openat", {}, ENOENT);
  CHECK(csv.finish() ==
        "errors,percent-of-calls,errno,name\n"
        "1,100.0000,ENOENT,openat\n");
}

TEST_CASE("a report in JSON is one line") {
  Session session(of(What::errors, Format::json));
  session.cost = {.stops = 4, .own_time = microseconds(40), .stop = microseconds(5), .own_per_stop = microseconds(10)};
  session.call(7, "openat", milliseconds(1), ENOENT);
  CHECK(session.finish() ==
        "{\"type\":\"stats\",\"from\":0.000000000,\"to\":0.001000000,\"last\":true,\"tables\":["
        "{\"name\":\"errors\",\"rows\":[{\"errors\":1,\"percent-of-calls\":100.0000,\"errno\":\"ENOENT\","
        "\"name\":\"openat\"}],\"total\":{\"errors\":1,\"percent-of-calls\":null,\"errno\":null,\"name\":\"total\"}}],"
        "\"tracing\":{\"stops\":4,\"own-cpu\":0.000040000,\"stop\":0.000005000,\"held-up\":0.000020000,"
        "\"program-cpu\":0.000000000,\"elapsed\":0.001000000,\"without\":0.000980000}}\n");
}

TEST_CASE("a program can make as many different calls as it likes") {
  StatsOptions options = of(What::syscalls);
  Session session(options);
  for (int i = 0; i < 20000; ++i) {
    const std::string name = "syscall_" + std::to_string(i);
    CallState call = make_call(7, name, 100000u + static_cast<unsigned>(i));
    call.abi = native_abi;
    session.sink->call_end(thread(7), call);
  }
  const std::string text = session.finish();
  CHECK(std::count(text.begin(), text.end(), '\n') < 10020);
  CHECK(text.find("     10000           (others)\n") != std::string::npos);
  CHECK(text.find("     20000           total\n") != std::string::npos);
}

TEST_CASE("the estimate: threads that run at once are held up at once") {
  const TracingCost cost{.stops = 1000, .own_time = milliseconds(10), .stop = microseconds(100), .own_per_stop = {}};
  CHECK(estimate(cost, seconds(1), {}).held_up == milliseconds(110));
  CHECK(estimate(cost, seconds(1), {}).without == milliseconds(890));
  // 2.09 s of CPU time and 0.11 s held up in a second: 2.2 threads at a time.
  CHECK(estimate(cost, seconds(1), milliseconds(2090)).without - milliseconds(950) < microseconds(1));
  CHECK(estimate(cost, milliseconds(50), {}).without >= Nanoseconds{});
  CHECK(estimate({}, seconds(1), {}).without == seconds(1));
}
