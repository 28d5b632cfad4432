// Statistics allocate nothing for a call that is like one before it.
#include <doctest/doctest.h>

#include "fakes/counted_new.h"
#include "fakes/frames.h"
#include "output_support.h"
#include "stats/stats_sink.h"

using namespace ktrace;
using namespace ktrace::stats;
using namespace ktrace::output::test;

namespace {

class NoTasks final : public Tasks {
 public:
  std::optional<Nanoseconds> cpu_time(Tid /*tid*/) override { return {}; }
  void command_line(Tid /*tid*/, std::string& /*out*/) override {}
  void name(Tid /*tid*/, std::string& /*out*/) override {}
};

}  // namespace

TEST_CASE("no table allocates in the steady state") {
  for (const bool given : {false, true}) {
    Trace trace;
    NoTasks tasks;
    StatsOptions options{.given = given,
                         .what = {What::syscalls, What::errors, What::processes, What::threads, What::files,
                                  What::stacks, What::blocked, What::histogram}};
    if (given) options.calls.columns = CallTableOptions::columns_of_stats();
    StatsSink sink(*trace.destination, options, {.tasks = &tasks});
    sink.tracee_added(thread(7), {}, {});
    CallState openat = make_call(7, "openat", 257), read = make_call(7, "syscall_0x1000", 4096);
    openat.left = std::chrono::microseconds(12);
    read.outcome = {.value = -5, .is_error = true};
    const fakes::Frames frames{
        Frame{.ip = {}, .mapped = true, .module = "/m", .symbol = "a_function_with_a_long_name"}};
    const auto round = [&] {
      sink.stack(thread(7), {.frames = frames, .id = 1, .at_entry = true});
      sink.file(openat, {.name = "/a/path/that/is/longer/than/a/short/string", .bytes_read = 10});
      sink.call_end(thread(7), openat);
      sink.call_end(thread(7), read);
    };
    round();
    const std::size_t before = allocations;
    for (int i = 0; i < 1000; ++i) round();
    CHECK(allocations - before == 0);
  }
}
