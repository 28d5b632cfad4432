// Folded stacks and pictures of made-up counts. What browsers make of the pictures: tests/flame.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "fakes/frames.h"
#include "fakes/named_tasks.h"
#include "flame/flame_sink.h"
#include "flame/folded.h"
#include "flame/picture.h"
#include "output_support.h"

using namespace ktrace;
using namespace ktrace::flame;
using namespace ktrace::output::test;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

struct Program {
  void call(std::vector<std::string> names, std::string_view name, int64_t took = 1, uint64_t bytes = 0) {
    std::vector<Frame> named;
    for (const std::string& one : names) named.push_back({.ip = {}, .mapped = true, .module = "/m", .symbol = one});
    const fakes::Frames frames(std::move(named));
    counts.stack(thread(7), {.frames = frames, .id = ++last_id, .at_entry = true});
    CallState state = make_call(7, name);
    state.left = microseconds(took);
    state.bytes_moved = bytes;
    counts.call(thread(7), state);
  }
  std::string folded(By by) const {
    Trace trace;
    write_folded(trace.destination->writer({}), Weights(counts, by));
    return trace.text();
  }
  std::string picture() const {
    std::string out;
    append_picture(out, Weights(counts, By::calls));
    return out;
  }

  fakes::NamedTasks tasks;
  stats::StackCounts counts{tasks, {}};
  uint64_t last_id = 0;
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++found;
  return found;
}

const std::string hostile = "a;b <script>alert(\"x\")</script> & ']]>\x1b[31m\n\xff";

}  // namespace

TEST_CASE("folded stacks, in the order of their names, by what is asked for") {
  Program program;
  program.tasks.names[7] = "cat";
  program.call({"read", "main"}, "read", 1500, 4096);
  program.call({"read", "main"}, "read", 1500, 100);
  program.call({"main"}, "close", 0);
  program.call({"main"}, "brk", 7);
  CHECK(program.folded(By::calls) == "cat;main;brk 1\ncat;main;close 1\ncat;main;read;read 2\n");
  CHECK(program.folded(By::time) == "cat;main;brk 7\ncat;main;read;read 3000\n");
  CHECK(program.folded(By::bytes) == "cat;main;read;read 4196\n");
}

TEST_CASE("no name breaks a folded stack") {
  Program program;
  program.tasks.names[7] = "x;y\n1";
  program.call({hostile}, "read");
  CHECK(program.folded(By::calls) == "x:y\\0121;a:b <script>alert(\"x\")</script> & ']]>\\033[31m\\012\\377;read 1\n");
}

TEST_CASE("a stack may be very deep") {
  Program program;
  program.tasks.names[7] = "deep";
  program.call(std::vector<std::string>(20000, "f"), "read");
  CHECK(program.folded(By::calls).size() == 5 + 20000 * 2 + 7);
  CHECK(program.picture().find("20,0") == std::string::npos);
  CHECK(count(program.picture(), "<g class=\"frame\"") == 20003);
}

TEST_CASE("a picture has a frame for everything, and loads nothing") {
  Program program;
  program.tasks.names[7] = "cat";
  program.call({"read", "main"}, "read");
  for (int i = 0; i < 3; ++i) program.call({"a_function_with_a_long_name", "main"}, "close");
  const std::string picture = program.picture();
  CHECK(picture.starts_with("<?xml "));
  CHECK(picture.ends_with("</svg>\n"));
  CHECK(picture.find("data-x=\"0\" data-w=\"4\" data-d=\"0\"><title>all\n4 calls, 100.00 %</title>") != picture.npos);
  CHECK(picture.find("data-x=\"3\" data-w=\"1\" data-d=\"4\"><title>read\n1 call, 25.00 %</title><rect x=\"900.00\"") !=
        picture.npos);
  CHECK(count(picture, "<g class=\"frame\"") == 7);
  CHECK(count(picture, "http") == 1);  // the name space of SVG
  for (const char* loads : {"href", "src=", "url(", "@import", "innerHTML", "eval"}) CHECK(count(picture, loads) == 0);
}

TEST_CASE("names in a picture are text, whatever they say") {
  Program program;
  program.tasks.names[7] = "</title><script>";
  for (int i = 0; i < 2; ++i) program.call({hostile}, "read");
  const std::string picture = program.picture();
  CHECK(count(picture, "<script>") == 1);
  CHECK(count(picture, "]]>") == 1);
  CHECK(count(picture, "</title>") == 4);
  CHECK(picture.find("<title>&lt;/title&gt;&lt;script&gt;\n2 calls") != picture.npos);
  CHECK(picture.find("a;b &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;]]&gt;\\033[31m\\012\\377\n") !=
        picture.npos);
  CHECK(std::none_of(picture.begin(), picture.end(),
                     [](char c) { return (c > 0 && c < ' ' && c != '\n') || c == '\x7f'; }));
}

TEST_CASE("what is too narrow to be seen is left out, and said to be") {
  Program program;
  program.tasks.names[7] = "cat";
  std::vector<std::string> names;
  for (int i = 0; i < 20000; ++i) program.call({"f" + std::to_string(i)}, "read");
  const std::string picture = program.picture();
  CHECK(count(picture, "<g class=\"frame\"") == 2);
  CHECK(picture.find("Too narrow to be shown: 20,000 frames, and what they call.") != picture.npos);
  Program many;
  for (int i = 0; i < 11000; ++i) many.call({"g", "f" + std::to_string(i)}, "read");
  CHECK(count(many.picture(), "<g class=\"frame\"") == most_shown);
}

TEST_CASE("nothing was counted: a picture all the same") {
  Program program;
  CHECK(program.picture().find("There were none.") != std::string::npos);
  CHECK(program.folded(By::calls).empty());
}

TEST_CASE("--every writes files anew, with all that there was") {
  Folder folder;
  base::Log log{"ktrace"};
  fakes::NamedTasks tasks;
  tasks.names[7] = "cat";
  Nanoseconds now = seconds(100);
  const std::string file = folder.file("out");
  auto sink =
      std::move(FlameSink::open({.files = {{.kind = output::Target::Kind::file, .name = file}}, .every = seconds(1)},
                                log, {.tasks = &tasks, .clock = [&now] { return now; }})
                    .value());
  const fakes::Frames frames{Frame{.ip = {}, .mapped = true, .module = "/m", .symbol = "main"}};
  const auto call = [&](std::string_view name) {
    sink->stack(thread(7), {.frames = frames, .id = 1, .at_entry = true});
    CallState state = make_call(7, name);
    state.left = now;
    sink->call_end(thread(7), state);
  };
  sink->tracee_added(thread(7), {}, {});
  call("read");
  CHECK(folder.read("out").empty());
  CHECK(*sink->on_idle(now + seconds(1)) == seconds(1));
  CHECK(folder.read("out") == "cat;main;read 1\n");
  now += seconds(3);
  call("close");
  CHECK(folder.read("out") == "cat;main;close 1\ncat;main;read 1\n");
  sink->finish();
  CHECK(folder.read("out") == "cat;main;close 1\ncat;main;read 1\n");
}
