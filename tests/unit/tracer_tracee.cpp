#include <doctest/doctest.h>
#include <unistd.h>

#include "tracer/tracee.h"

namespace ktrace::tracer {
namespace {

TEST_CASE("an execve by the leader keeps its entry") {
  MemoryWays ways;
  TraceeTable table;
  Tracee& leader = table.add({10}, {10}, ways);
  bool vanished = true;
  CHECK(table.rename({10}, {10}, vanished) == &leader);
  CHECK(!vanished);
}

TEST_CASE("an execve by another thread takes the leader's place and makes it vanish") {
  MemoryWays ways;
  TraceeTable table;
  table.add({10}, {10}, ways);
  Tracee& thread = table.add({12}, {10}, ways);
  thread.attached = true;
  bool vanished = false;
  Tracee* renamed = table.rename({12}, {10}, vanished);
  CHECK(renamed == &thread);
  CHECK(vanished);
  CHECK(renamed->tid == Tid{10});
  CHECK(renamed->attached);
  CHECK(table.size() == 1);
  CHECK(!table.find({12}));
  CHECK(table.find({10}) == renamed);
}

TEST_CASE("an execve by an unknown thread still makes the leader vanish") {
  MemoryWays ways;
  TraceeTable table;
  table.add({10}, {10}, ways);
  bool vanished = false;
  CHECK(!table.rename({12}, {10}, vanished));
  CHECK(vanished);
  CHECK(table.empty());
}

TEST_CASE("only a signal-delivery-stop has a signal to pass on") {
  MemoryWays ways;
  Tracee tracee({1}, {1}, ways);
  tracee.enter({.kind = RawStop::Kind::signal, .value = 10}, {});
  CHECK(tracee.pending_signal() == 10);
  tracee.enter({.kind = RawStop::Kind::group_stop, .value = 19}, {});
  CHECK(tracee.pending_signal() == 0);
}

TEST_CASE("a lost tracee that stops once more is there again") {
  MemoryWays ways;
  Tracee tracee({1}, {1}, ways);
  tracee.lost();
  CHECK(tracee.gone);
  tracee.enter({.kind = RawStop::Kind::exit}, {});
  CHECK(!tracee.gone);
  CHECK(tracee.stopped);
}

TEST_CASE("groups and families of threads are found") {
  const Tid self{::gettid()};
  const Tgid group{::getpid()};
  CHECK(find_group(self, group) == group);
  CHECK(find_group({0x3fffffff}, group) == Tgid{0x3fffffff});
  const auto family = read_family(self);
  REQUIRE(family);
  CHECK(family->group == group);
  CHECK(family->parent == Tgid{::getppid()});
  CHECK(!read_family({0x3fffffff}));
}

}  // namespace
}  // namespace ktrace::tracer
