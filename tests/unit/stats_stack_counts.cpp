// Calls by stack, fed with made-up stacks.
#include "stats/stack_counts.h"

#include <doctest/doctest.h>

#include <map>

#include "fakes/frames.h"
#include "fakes/named_tasks.h"
#include "output_support.h"
#include "stats/stack_table.h"

using namespace ktrace;
using namespace ktrace::stats;
using namespace ktrace::output::test;
using std::chrono::microseconds;

namespace {

Frame function(std::string_view name) {
  return {.ip = {}, .mapped = true, .module = "/bin/program", .symbol = name};
}

struct Counter {
  explicit Counter(StackCounts::Bounds bounds = {}) : counts(tasks, {}, bounds) {}

  void call(int tid, const Stack& stack, std::string_view name, int64_t took = 1) {
    counts.stack(thread(tid), stack);
    CallState state = make_call(tid, name);
    state.left = microseconds(took);
    state.bytes_moved = 10;
    counts.call(thread(tid), state);
  }
  // Of every leaf.
  std::map<std::string, uint64_t> folded() const {
    std::map<std::string, uint64_t> found;
    for (const auto& leaf : counts.nodes()) {
      if (leaf.own.calls == 0) continue;
      std::string path;
      for (const auto* node = &leaf; node != counts.nodes().data(); node = &counts.nodes()[node->parent])
        path = std::string(counts.name(*node)) + (path.empty() ? "" : ";") + path;
      found[path] += leaf.own.calls;
    }
    return found;
  }

  fakes::NamedTasks tasks;
  StackCounts counts;
};

using Folded = std::map<std::string, uint64_t>;

}  // namespace

TEST_CASE("a call counts for the program, its functions from the outermost on, and its own name") {
  Counter counter;
  counter.tasks.names[7] = "cat";
  const fakes::Frames inner{function("read"), function("work"), function("main")};
  const fakes::Frames outer{function("close"), function("main")};
  for (int i = 0; i < 3; ++i) counter.call(7, {.frames = inner, .id = 1}, "read");
  counter.call(7, {.frames = outer, .id = 2}, "close");
  counter.call(7, {.frames = outer, .id = 2}, "close_range");
  CHECK(counter.folded() ==
        Folded{{"cat;main;work;read;read", 3}, {"cat;main;close;close", 1}, {"cat;main;close;close_range", 1}});
}

TEST_CASE("frames without a name stand for their file, or for nothing known; a cut stack says so") {
  Counter counter;
  counter.tasks.names[7] = "a\nb";
  const fakes::Frames frames{Frame{.ip = {}, .mapped = true, .module = "[vdso]"},
                             Frame{.ip = {}, .mapped = true, .module = "/lib/x.so"}, Frame{},
                             Frame{.ip = {}, .mapped = true, .module = "/lib/\xff\x1b", .symbol = ""}};
  counter.call(7, {.frames = frames, .end = Stack::End::limit, .id = 1}, "time");
  CHECK(counter.folded() == Folded{{"a\\012b;[frames beyond the limit];[\\377\\033];[unknown];[x.so];[vdso];time", 1}});
}

TEST_CASE("programs are what they are called when they make the call") {
  Counter counter;
  const fakes::Frames frames{function("main")};
  const Stack before{.frames = frames, .id = 1, .at_entry = true};
  counter.tasks.names[7] = "sh";
  counter.counts.added(thread(7));
  counter.call(7, before, "fork");
  counter.tasks.names[7] = "ls";
  counter.counts.executed(thread(7));
  counter.call(7, before, "execve");  // it is what the shell did
  counter.call(7, before, "read");
  counter.tasks.names[7] = "renamed";
  counter.call(7, before, "prctl");
  counter.call(7, before, "read");
  counter.tasks.names[8] = "ktrace";
  counter.counts.added(thread(8));
  counter.tasks.names[8] = "cat";
  counter.counts.executed(thread(8));
  counter.call(8, {.frames = frames, .id = 1}, "execve");  // its stack was taken in what it started
  counter.tasks.names[9] = "sh";
  counter.counts.added(thread(9));
  counter.tasks.names[9] = "who";
  counter.counts.executed(thread(9));  // nobody traces execve
  counter.call(9, before, "read");
  counter.call(9, before, "execve");
  counter.tasks.names.erase(8);
  counter.call(8, before, "close");  // killed meanwhile
  CHECK(counter.folded() == Folded{{"sh;main;fork", 1},
                                   {"who;main;read", 1},
                                   {"who;main;execve", 1},
                                   {"sh;main;execve", 1},
                                   {"ls;main;read", 1},
                                   {"ls;main;prctl", 1},
                                   {"renamed;main;read", 1},
                                   {"cat;main;execve", 1},
                                   {"cat;main;close", 1}});
}

TEST_CASE("a call without a stack belongs to its program, and one that ends its thread to nobody") {
  Counter counter;
  counter.tasks.names[7] = counter.tasks.names[8] = "cat";
  const fakes::Frames frames{function("main")};
  counter.counts.stack(thread(7), {.frames = frames, .id = 1});
  counter.counts.no_stack();  // it was a signal's
  CallState read = make_call(7, "read"), wait = make_call(7, "wait4"), end = make_call(7, "exit_group");
  counter.counts.call(thread(7), read);
  counter.counts.stack(thread(7), {.frames = frames, .id = 1});
  counter.counts.call(thread(8), read);  // another thread's
  counter.counts.stack(thread(7), {.frames = frames, .id = 1});
  counter.counts.lost(thread(7), wait);
  counter.counts.stack(thread(7), {.frames = frames, .id = 1});
  counter.counts.lost(thread(7), end);
  counter.counts.call(thread(7), read);
  CHECK(counter.folded() == Folded{{"cat;read", 3}, {"cat;main;wait4", 1}});
}

TEST_CASE("with more stacks than there is room for, those that came late are one") {
  Counter counter({.nodes = 50, .kept_frames = 20});
  counter.tasks.names[7] = "cat";
  std::vector<std::string> names;
  for (int i = 0; i < 1000; ++i) names.push_back("f" + std::to_string(i));
  for (int round = 0; round < 2; ++round) {
    for (uint64_t i = 0; i < names.size(); ++i) {
      const fakes::Frames frames{function(names[i]), function("main")};
      counter.call(7, {.frames = frames, .id = i + 1}, "read");
    }
  }
  const Folded folded = counter.folded();
  CHECK(counter.counts.nodes().size() == 50);
  CHECK(folded.size() < 50);
  CHECK(folded.at("cat;main;f0;read") == 2);
  uint64_t all = 0;
  for (const auto& [path, calls] : folded) all += calls;
  CHECK(all == 2000);
  CHECK(folded.at(std::string(StackCounts::others)) == 2000 - 2 * (folded.size() - 1));
}

TEST_CASE("names take no more room than there is") {
  Counter counter({.name_bytes = 10000});
  const std::string longest(100000, 'x');
  const fakes::Frames frames{function(longest)};
  counter.call(7, {.frames = frames, .id = 1}, "read");
  CHECK(counter.counts.name(counter.counts.nodes()[3]).size() == StackCounts::longest_name + 3);
  for (int i = 0; i < 1000; ++i) counter.call(7, {.frames = frames, .id = 1}, "syscall_" + std::to_string(i));
  CHECK(counter.counts.nodes().size() < 1000);
}

TEST_CASE("the table: innermost first, what took longest at the top") {
  fakes::NamedTasks tasks;
  tasks.names[7] = "cat";
  StackTable table(tasks, {});
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back("f" + std::to_string(i));
  std::vector<Frame> named;
  for (const std::string& name : names) named.push_back(function(name));
  const fakes::Frames deep(std::move(named));
  const fakes::Frames shallow{function("a;b,c"), function("main")};
  const auto call = [&](const Stack& stack, std::string_view name, int64_t took, bool fails = false) {
    table.stack(thread(7), stack);
    CallState state = make_call(7, name);
    state.left = microseconds(took);
    state.outcome.is_error = fails;
    state.bytes_moved = fails ? 0 : 100;
    table.call(thread(7), state);
  };
  call({.frames = shallow, .id = 1}, "close", 1000, true);
  call({.frames = deep, .id = 2}, "read", 2000);
  call({.frames = deep, .id = 2}, "read", 1000);
  std::vector<Table> tables;
  table.append(tables, {}, {});
  std::string text, csv, json;
  append_text(text, tables.at(0));
  CHECK(text ==
        "Stacks\n"
        "% time     seconds     calls    errors        bytes program  syscall  stack, innermost first\n"
        "------ ----------- --------- --------- ------------ -------- -------- "
        "-------------------------------------------------\n"
        " 75.00    0.003000         2                    200 cat      read     "
        "f0 < f1 < f2 < f3 < f4 < f5 < f6 < f7 < (4 more)\n"
        " 25.00    0.001000         1         1            0 cat      close    a;b,c < main\n"
        "------ ----------- --------- --------- ------------ -------- -------- "
        "-------------------------------------------------\n"
        "100.00    0.004000         3         1          200                   total\n");
  tables.clear();
  table.append(tables, 1, {});
  append_csv(csv, tables.at(0), nullptr);
  CHECK(csv ==
        "percent,time,calls,errors,bytes,program,name,stack\n"
        "75.0000,0.003000000,2,0,200,cat,read,f0;f1;f2;f3;f4;f5;f6;f7;f8;f9;f10;f11\n"
        "25.0000,0.001000000,1,1,0,,,(1 other)\n");
  table.reset({});
  call({.frames = shallow, .id = 1}, "close", 1000);
  tables.clear();
  table.append(tables, {}, {});
  append_json(json, tables.at(0));
  CHECK(json ==
        "{\"name\":\"stacks\",\"rows\":[{\"percent\":100.0000,\"time\":0.001000000,\"calls\":1,\"errors\":0,\"bytes\":"
        "100,"
        "\"program\":\"cat\",\"name\":\"close\",\"stack\":[\"a;b,c\",\"main\"]}],"
        "\"total\":{\"percent\":100.0000,\"time\":0.001000000,\"calls\":1,\"errors\":0,\"bytes\":100,"
        "\"program\":null,\"name\":null,\"stack\":[\"total\"]}}");
}
