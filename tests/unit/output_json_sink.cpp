// The objects of --json. tests/json checks them against the schema; here it is the exact text that counts.
#include "output/json_sink.h"

#include <doctest/doctest.h>

#include <functional>

#include "output/json_text.h"
#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

using std::chrono::milliseconds;

struct Scene {
  explicit Scene(bool separate = false)
      : trace(separate), sink(*trace.destination, {.version = "9", .command = {"x"}, .attached = {}}) {}

  // All lines but the header.
  std::string text() {
    const std::string all = trace.text();
    return all.substr(all.find('\n') + 1);
  }
  // What stands between `"args":{` and the result.
  std::string arguments(const std::function<void(ValueSink&)>& values) {
    CallState call = make_call(7, "f");
    sink.call_begin(thread(7), call);
    sink.call_suspend(call);
    sink.call_resume(thread(7), call);
    values(sink);
    sink.result(call, returns(0));
    sink.call_end(thread(7), call);
    const std::string line = text();
    const auto start = line.find(R"("args":{)") + 8;
    return line.substr(start, line.find(R"(},"return")") - start);
  }

  Trace trace;
  JsonSink sink;
};

std::string shown(const std::function<void(ValueSink&)>& values) {
  return Scene().arguments(values);
}

// One value, as the argument `a`.
std::string value(const std::function<void(ValueSink&)>& values) {
  const std::string text = shown([&](ValueSink& to) {
    to.argument("a");
    values(to);
  });
  REQUIRE(text.substr(0, 4) == R"("a":)");
  return text.substr(4);
}

}  // namespace

TEST_CASE("a call is one object with its times, arguments and result") {
  Scene scene;
  CallState call = make_call(7, "openat", 257);
  call.ip = {0x7f00};
  call.entered = milliseconds(1500);
  call.left = milliseconds(1750);
  call.entered_wall = milliseconds(1'000'000'000'500);
  call.left_wall = milliseconds(1'000'000'000'750);
  Subject who = thread(7);
  who.comm = "cat";
  scene.sink.call_begin(who, call);
  scene.sink.argument("dirfd");
  scene.sink.fd({.value = -100, .symbol = "AT_FDCWD", .target = "/tmp"});
  scene.sink.call_suspend(call);
  scene.sink.call_resume(who, call);
  scene.sink.argument("pathname");
  scene.sink.string({.bytes = "/etc/passwd", .kind = Bytes::Kind::path});
  scene.sink.result(call, fails(2));
  scene.sink.call_end(who, call);
  CHECK(scene.text() ==
        R"({"type":"call","pid":7,"tid":7,"comm":"cat","abi":"x86_64","syscall":"openat","number":257,"ip":"0x7f00",)"
        R"("entry":{"mono":1.500000000,"wall":1000000000.500000000},)"
        R"("args":{"dirfd":{"fd":-100,"sym":"AT_FDCWD","target":"/tmp"},"pathname":"/etc/passwd"},)"
        R"("return":-1,"error":{"errno":"ENOENT","number":2},"status":"failed",)"
        R"("exit":{"mono":1.750000000,"wall":1000000000.750000000},"duration":0.250000000})"
        "\n");
}

TEST_CASE("dumps are a list of buffers in hexadecimal") {
  Scene scene;
  CallState call = make_call(7, "recvmmsg", 299);
  const Subject who = thread(7);
  scene.sink.call_begin(who, call);
  scene.sink.result(call, returns(2));
  scene.sink.dump(who, call, {.kind = Dump::Kind::vector, .index = 0, .length = 2});
  scene.sink.dump(who, call, {.kind = Dump::Kind::buffer, .index = 0, .length = 2});
  scene.sink.dump(who, call, {.index = 0, .length = 2, .bytes = "ab"});
  scene.sink.dump(who, call, {.kind = Dump::Kind::buffer, .index = 1, .length = 3});  // unreadable
  scene.sink.dump(who, call, {.kind = Dump::Kind::vector, .index = 1, .length = 1});
  scene.sink.dump(who, call, {.kind = Dump::Kind::buffer, .index = 0, .length = 17});
  scene.sink.dump(who, call, {.index = 0, .length = 17, .bytes = "0123456789abcdef"});
  scene.sink.dump(who, call, {.index = 16, .length = 17, .bytes = "g"});
  scene.sink.call_end(who, call);
  const std::string line = scene.text();
  CHECK(line.find(R"("status":"successful","data":[{"message":0,"buffer":0,"hex":"6162"},)"
                  R"({"message":1,"buffer":0,"hex":"3031323334353637383961626364656667"}],"exit":)") !=
        std::string::npos);
}

TEST_CASE("the first line says what the file is") {
  Scene scene;
  const std::string line = scene.trace.text();
  CHECK(line.starts_with(R"({"type":"start","schema":1,"program":"ktrace","version":"9","command":["x"],"attached":[],)"
                         R"("seccomp":{"used":true},"time":{)"));
}

TEST_CASE("results have types and statuses") {
  using Kind = ResultValue::Kind;
  const auto result = [](const ResultValue& value) {
    Scene scene;
    CallState call = make_call(7, "f");
    scene.sink.call_begin(thread(7), call);
    scene.sink.result(call, value);
    scene.sink.call_end(thread(7), call);
    const std::string line = scene.text();
    const auto start = line.find(R"("return")");
    return line.substr(start, line.find(R"(,"exit")") - start);
  };
  CHECK(result(returns(-5)) == R"("return":-5,"status":"successful")");
  CHECK(result({.kind = Kind::fd, .value = 3, .target = "/x"}) ==
        R"("return":{"fd":3,"target":"/x"},"status":"successful")");
  CHECK(result({.kind = Kind::pid, .value = 3}) == R"("return":{"pid":3},"status":"successful")");
  CHECK(result({.kind = Kind::address, .value = 4096}) == R"("return":"0x1000","status":"successful")");
  CHECK(result({.kind = Kind::never}) == R"("return":null,"status":"unfinished")");
  CHECK(result({.kind = Kind::unavailable}) == R"("return":null,"status":"unavailable")");
  CHECK(result(fails(512)) == R"("return":null,"error":{"errno":"ERESTARTSYS","number":512},"status":"failed")");
  CHECK(result(fails(600)) == R"("return":-1,"error":{"errno":null,"number":600},"status":"failed")");
}

TEST_CASE("numbers that doubles cannot hold are strings") {
  CHECK(value([](ValueSink& to) { to.number(decimal(9007199254740991)); }) == "9007199254740991");
  CHECK(value([](ValueSink& to) { to.number(decimal(9007199254740992)); }) == R"("9007199254740992")");
  CHECK(value([](ValueSink& to) { to.number(decimal(-9007199254740991)); }) == "-9007199254740991");
  CHECK(value([](ValueSink& to) { to.number(decimal(INT64_MIN)); }) == R"("-9223372036854775808")");
  CHECK(value([](ValueSink& to) { to.number({.value = ~uint64_t{0}}); }) == R"("18446744073709551615")");
  CHECK(value([](ValueSink& to) { to.number({.value = ~uint64_t{0}, .width = 4}); }) == "4294967295");
}

TEST_CASE("symbols keep the number they stand for") {
  const std::string_view names[] = {"O_WRONLY", "O_CREAT"};
  CHECK(value([&](ValueSink& to) { to.symbols({.value = 0x141, .is_flags = true, .names = names, .rest = 0x100}); }) ==
        R"({"raw":321,"sym":["O_WRONLY","O_CREAT"],"rest":256})");
  CHECK(value([](ValueSink& to) { to.symbols({.value = 7, .unknown = "P_???"}); }) == R"({"raw":7,"sym":[]})");
}

TEST_CASE("strings are lossless") {
  const auto string = [](std::string_view bytes, bool cut = false, uint64_t length = 0) {
    return value([=](ValueSink& to) { to.string({.bytes = bytes, .cut = cut, .length = length}); });
  };
  CHECK(string("a\"b\\\n\t\r") == R"("a\"b\\\n\t\r")");
  CHECK(string(std::string_view("\0\x1b\x7f", 3)) == R"("\u0000\u001b\u007f")");
  CHECK(string("h\303\251 \342\202\254 \360\237\230\200") == "\"h\303\251 \342\202\254 \360\237\230\200\"");
  CHECK(string("\302\233x") == R"("\u009bx")");
  CHECK(string("\377a") == R"({"hex":"ff61"})");
  CHECK(string("abc", true, 10) == R"({"string":"abc","cut":true,"length":10})");
  CHECK(string("abc", true) == R"({"string":"abc","cut":true})");
  CHECK(string("\303", true, 2) == R"({"hex":"c3","cut":true,"length":2})");
}

TEST_CASE("only UTF-8 passes for UTF-8") {
  for (const std::string_view bad : {"\200", "\300\200", "\301\277", "\340\200\200", "\355\240\200", "\360\200\200\200",
                                     "\364\220\200\200", "\365\200\200\200", "\303", "\342\202", "\360\237\230"})
    CHECK_FALSE(json::is_utf8(bad));
  for (const std::string_view good : {"", "a", "\302\200", "\337\277", "\340\240\200", "\355\237\277", "\357\277\277",
                                      "\360\220\200\200", "\364\217\277\277"})
    CHECK(json::is_utf8(good));
}

TEST_CASE("structures, arrays, sets and calls nest") {
  CHECK(
      value([](ValueSink& to) {
        to.begin(Shape::structure);
        to.field("x");
        to.number(decimal(1));
        to.field("list");
        to.begin(Shape::array);
        to.address({});
        to.address({0x10});
        to.unreadable({0x20});
        to.end();
        to.begin(Shape::call, "inet_pton");
        to.string({.bytes = "::1"});
        to.end();
        to.number(decimal(2));
        to.elided();
        to.end();
      }) ==
      R"({"x":1,"list":[null,"0x10",{"unreadable":"0x20"}],"#2":{"call":"inet_pton","args":["::1"]},"#3":2,"...":true})");
  const std::string_view interrupt[] = {"INT"};
  CHECK(value([&](ValueSink& to) {
          to.begin(Shape::set, "~");
          to.symbols({.value = 2, .names = interrupt});
          to.end();
        }) == R"({"not":[{"raw":2,"sym":["INT"]}]})");
}

TEST_CASE("what changed shows both values") {
  CHECK(value([](ValueSink& to) {
          to.begin(Shape::array);
          to.number(decimal(16));
          to.changed();
          to.number(decimal(4));
          to.number(decimal(5));
          to.end();
        }) == R"([{"entry":16,"exit":4},5])");
  CHECK(value([](ValueSink& to) {
          to.begin(Shape::structure);
          to.field("a");
          to.number(decimal(1));
          to.end();
          to.changed();
          to.begin(Shape::structure);
          to.field("b");
          to.number(decimal(2));
          to.end();
        }) == R"({"entry":{"a":1},"exit":{"b":2}})");
}

TEST_CASE("or-ed values and comments wrap what was before") {
  CHECK(shown([](ValueSink& to) {
          to.argument("type");
          to.number(decimal(1));
          to.joined();
          to.number(decimal(2));
          to.joined();
          to.number(decimal(4));
          to.argument("env");
          to.address({0x10});
          to.comment("2 vars");
        }) == R"("type":{"or":[1,2,4]},"env":{"value":"0x10","comment":"2 vars"})");
}

TEST_CASE("expressions have a number or a plain value beside their text") {
  CHECK(value([](ValueSink& to) { to.expression(9, "WIFSIGNALED(s)"); }) == R"j({"raw":9,"text":"WIFSIGNALED(s)"})j");
  CHECK(value([](ValueSink& to) { to.expression({.text = "inet_addr(\"1.2.3.4\")", .plain = "1.2.3.4"}); }) ==
        R"j({"value":"1.2.3.4","text":"inet_addr(\"1.2.3.4\")"})j");
}

TEST_CASE("aux values are a list behind the result") {
  Scene scene;
  CallState call = make_call(7, "select");
  scene.sink.call_begin(thread(7), call);
  scene.sink.result(call, returns(1));
  scene.sink.begin(Shape::aux, {});
  scene.sink.word("in");
  scene.sink.begin(Shape::set, {});
  scene.sink.number(decimal(3));
  scene.sink.end();
  scene.sink.end();
  scene.sink.call_end(thread(7), call);
  CHECK(scene.text().find(R"("return":1,"status":"successful","aux":["in",[3]],"exit":)") != std::string::npos);
}

TEST_CASE("calls interleave without mixing") {
  Scene scene;
  CallState first = make_call(7, "read");
  CallState second = make_call(8, "write");
  scene.sink.call_begin(thread(7), first);
  scene.sink.argument("fd");
  scene.sink.fd({.value = 1});
  scene.sink.call_suspend(first);
  scene.sink.call_begin(thread(8), second);
  scene.sink.call_suspend(second);
  scene.sink.call_resume(thread(7), first);
  scene.sink.argument("count");
  scene.sink.number(decimal(2));
  scene.sink.result(first, returns(0));
  scene.sink.call_end(thread(7), first);
  const std::string text = scene.text();
  CHECK(text.find(R"("args":{"fd":{"fd":1},"count":2})") != std::string::npos);
  CHECK(text.find("write") == std::string::npos);
}

TEST_CASE("a call that never returned closes what it opened") {
  Scene scene;
  CallState call = make_call(7, "f");
  scene.sink.call_begin(thread(7), call);
  scene.sink.argument("p");
  scene.sink.begin(Shape::structure, {});
  scene.sink.field("x");
  scene.sink.begin(Shape::array, {});
  scene.sink.call_lost(thread(7), call, Loss::exited);
  CHECK(scene.text().find(R"("args":{"p":{"x":[]}},"return":null,"status":"unfinished"})") != std::string::npos);
}

TEST_CASE("events that are no calls") {
  Scene scene;
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  scene.sink.tracee_added(thread(7), {}, {});
  scene.sink.stopped(thread(7), 19, {});
  scene.sink.killed(thread(7), 9, true, {});
  scene.sink.exited(thread(7), 3, {});
  scene.sink.superseded(thread(7), Tid{8}, {});
  scene.sink.abi_changed(thread(7), Abi::i386, {});
  scene.sink.pid_changed(thread(7), Tid{8}, {});
  scene.sink.tracee_removed(thread(7), {});
  scene.sink.signal_begin(thread(7), 17, {});
  scene.sink.begin(Shape::structure, {});
  scene.sink.field("si_pid");
  scene.sink.pid({.value = 8});
  scene.sink.end();
  scene.sink.signal_end();
  const std::string time = R"(,"time":{"mono":0.000000000,"wall":0.000000000})";
  const std::string who = R"(,"pid":7,"tid":7)" + time;
  CHECK(scene.text() == R"({"type":"added","pid":8,"tid":8)" + time +
                            R"(,"parent":7})"
                            "\n"
                            R"({"type":"added")" +
                            who +
                            R"(,"parent":null})"
                            "\n"
                            R"({"type":"stopped")" +
                            who +
                            R"(,"signal":{"raw":19,"sym":["SIGSTOP"]}})"
                            "\n"
                            R"({"type":"killed")" +
                            who +
                            R"(,"signal":{"raw":9,"sym":["SIGKILL"]},"core":true})"
                            "\n"
                            R"({"type":"exited")" +
                            who +
                            R"(,"code":3})"
                            "\n"
                            R"({"type":"superseded")" +
                            who +
                            R"(,"by":8})"
                            "\n"
                            R"({"type":"abi")" +
                            who +
                            R"(,"abi":"i386"})"
                            "\n"
                            R"({"type":"renamed")" +
                            who +
                            R"(,"before":8})"
                            "\n"
                            R"({"type":"removed")" +
                            who +
                            "}\n"
                            R"({"type":"signal")" +
                            who +
                            R"(,"signal":{"raw":17,"sym":["SIGCHLD"]},"info":{"si_pid":{"pid":8}}})"
                            "\n");
}

TEST_CASE("with a file for each tracee each begins with the header") {
  Scene scene(true);
  scene.sink.tracee_added(thread(7), {}, {});
  CHECK(scene.trace.text(".7").starts_with(R"({"type":"start")"));
}
