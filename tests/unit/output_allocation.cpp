// Sinks allocate nothing for a call once their buffers have grown.
#include <doctest/doctest.h>

#include "fakes/counted_new.h"
#include "output/json_sink.h"
#include "output/tee_sink.h"
#include "output/text_sink.h"
#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

void one_call(Sink& sink, CallState& call, const Subject& who) {
  const std::string_view names[] = {"O_RDONLY", "O_CLOEXEC"};
  sink.call_begin(who, call);
  sink.argument("dirfd");
  sink.fd({.value = -100, .symbol = "AT_FDCWD", .target = "/a/directory/with/a/long/name"});
  sink.argument("pathname");
  sink.string({.bytes = "/etc/some/path/with\na few\303\251 bytes to escape"});
  sink.argument("flags");
  sink.symbols({.value = 0x80000, .is_flags = true, .names = names});
  sink.call_suspend(call);
  sink.call_resume(who, call);
  sink.argument("statbuf");
  sink.begin(Shape::structure, {});
  sink.field("st_size");
  sink.number(decimal(12345));
  sink.changed();
  sink.number(decimal(12346));
  sink.end();
  sink.result(call, fails(2));
  sink.call_end(who, call);
  sink.signal_begin(who, 17, {});
  sink.address({0x1234});
  sink.signal_end();
}

std::size_t allocations_of(Sink& sink) {
  CallState call = make_call(7, "openat", 257);
  const Subject who = thread(7);
  sink.tracee_added(who, {}, {});
  for (int i = 0; i < 1000; ++i) one_call(sink, call, who);
  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i) one_call(sink, call, who);
  return allocations - before;
}

}  // namespace

TEST_CASE("text and JSON allocate nothing in the steady state") {
  Trace first, second;
  TextSink text(*first.destination, {.clock = TextOptions::Clock::time, .relative = Precision::us});
  JsonSink json(*second.destination, {});
  TeeSink all({&text, &json});
  CHECK(allocations_of(all) == 0);
}

TEST_CASE("staged text allocates nothing in the steady state") {
  Trace trace(true);
  TextSink text(*trace.destination, {.staged = true});
  CHECK(allocations_of(text) == 0);
}
