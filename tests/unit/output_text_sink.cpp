// The lines that TextSink makes of calls and other events, of one tracee and of several. The expected texts are what
// strace 7.2 prints.
#include "output/text_sink.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "output_support.h"

using namespace ktrace;
using namespace ktrace::output;
using namespace ktrace::output::test;

namespace {

using std::chrono::microseconds;

// A sink with one tracee, 7, and short ways to say what happens to it.
struct Scene {
  explicit Scene(TextOptions with = {}, bool separate = false) : trace(separate), sink(*trace.destination, with) {
    sink.tracee_added(thread(7), {}, {});
  }

  void enter(CallState& call, int64_t first = 3) {
    const Subject who = thread(call.tid.value);
    sink.call_begin(who, call);
    sink.number(decimal(first));
    sink.call_suspend(call);
  }
  void leave(CallState& call, const ResultValue& value) {
    const Subject who = thread(call.tid.value);
    sink.call_resume(who, call);
    if (call.arguments_pending) sink.number(decimal(9));
    sink.result(call, value);
    sink.call_end(who, call);
  }
  void whole(CallState& call, const ResultValue& value) {
    enter(call);
    leave(call, value);
  }
  std::string text(const std::string& suffix = "") { return trace.text(suffix); }

  Trace trace;
  TextSink sink;
};

CallState pending(int tid, std::string_view name) {
  CallState call = make_call(tid, name);
  call.arguments_pending = true;
  return call;
}

TextOptions in_file() {
  TextOptions options;
  options.pid = TextOptions::Pid::always;
  return options;
}

TextOptions staged() {
  TextOptions options;
  options.staged = true;
  return options;
}

}  // namespace

TEST_CASE("the result stands in its column, or one blank behind a long call") {
  Scene scene;
  CallState call = make_call(7, "close");
  scene.whole(call, returns(0));
  CallState longer = make_call(7, "a_name_of_thirty_six_characters_here");
  scene.whole(longer, returns(0));
  CallState longest = make_call(7, "a_name_of_thirty_seven_characters_her_");
  scene.whole(longest, returns(0));
  CHECK(scene.text() ==
        "close(3)                                = 0\n"
        "a_name_of_thirty_six_characters_here(3) = 0\n"
        "a_name_of_thirty_seven_characters_her_(3) = 0\n");
}

TEST_CASE("-a moves the column of results") {
  TextOptions options;
  options.column = 10;
  Scene scene(options);
  CallState call = make_call(7, "dup");
  scene.whole(call, returns(4));
  CHECK(scene.text() == "dup(3)    = 4\n");
}

TEST_CASE("each kind of result has its form") {
  TextOptions options;
  options.column = 0;
  Scene scene(options);
  using Kind = ResultValue::Kind;
  CallState call = make_call(7, "f");
  scene.whole(call, returns(-1));
  scene.whole(call, {.kind = Kind::number, .value = -1, .is_unsigned = true});
  scene.whole(call, {.kind = Kind::number, .value = 022, .base = Base::octal});
  scene.whole(call, {.kind = Kind::number, .value = 1, .base = Base::hex});
  scene.whole(call, {.kind = Kind::fd, .value = 5, .target = "/x"});
  scene.whole(call, {.kind = Kind::pid, .value = 12, .target = "sh"});
  scene.whole(call, {.kind = Kind::address, .value = 0x7f00});
  scene.whole(call, {.kind = Kind::address, .value = 0});
  scene.whole(call, {.kind = Kind::never});
  scene.whole(call, {.kind = Kind::unavailable});
  scene.whole(call, fails(2));
  scene.whole(call, fails(512));
  scene.whole(call, fails(524));
  scene.whole(call, fails(41));
  CHECK(scene.text() ==
        "f(3) = -1\n"
        "f(3) = 18446744073709551615\n"
        "f(3) = 022\n"
        "f(3) = 0x1\n"
        "f(3) = 5</x>\n"
        "f(3) = 12<sh>\n"
        "f(3) = 0x7f00\n"
        "f(3) = 0\n"
        "f(3) = ?\n"
        "f(3) = ? <unavailable>\n"
        "f(3) = -1 ENOENT (No such file or directory)\n"
        "f(3) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)\n"
        "f(3) = -1 ENOTSUPP (Unknown error 524)\n"
        "f(3) = -1 (errno 41)\n");
}

TEST_CASE("under -e raw= a call that will be restarted has failed") {
  Scene scene;
  CallState call = make_call(7, "pause");
  ResultValue value = fails(512);
  value.base = Base::hex;
  scene.whole(call, value);
  CHECK(scene.text() == "pause(3)                                = -1 ERESTARTSYS (Unknown error 512)\n");
}

TEST_CASE("aux values stand in parentheses after the result") {
  TextOptions options;
  options.column = 0;
  Scene scene(options);
  CallState call = make_call(7, "select");
  const auto with_aux = [&](auto values) {
    scene.enter(call);
    scene.sink.call_resume(thread(7), call);
    scene.sink.result(call, returns(2));
    scene.sink.begin(Shape::aux, {});
    values();
    scene.sink.end();
    scene.sink.call_end(thread(7), call);
  };
  with_aux([&] { scene.sink.word("Timeout"); });
  with_aux([&] {
    scene.sink.word("out");
    scene.sink.begin(Shape::set, {});
    scene.sink.number(decimal(0));
    scene.sink.number(decimal(1));
    scene.sink.end();
    scene.sink.word("left");
    scene.sink.begin(Shape::structure, {});
    scene.sink.field("tv_sec");
    scene.sink.number(decimal(0));
    scene.sink.end();
  });
  CHECK(scene.text() ==
        "select(3) = 2 (Timeout)\n"
        "select(3) = 2 (out [0 1], left {tv_sec=0})\n");
}

TEST_CASE("a line that another tracee interrupts is taken up again") {
  Scene scene;
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  CallState wait = pending(7, "wait4");
  CallState pause = make_call(8, "getppid");
  scene.enter(wait, -1);
  scene.whole(pause, returns(7));
  scene.sink.exited(thread(8), 0, {});
  scene.sink.tracee_removed(thread(8), {});
  scene.leave(wait, returns(8));
  CHECK(scene.text() ==
        "[pid     7] wait4(-1 <unfinished ...>\n"
        "[pid     8] getppid(3)                  = 7\n"
        "[pid     8] +++ exited with 0 +++\n"
        "<... wait4 resumed>, 9)                 = 8\n");
}

TEST_CASE("a call without arguments at its entry resumes without a comma") {
  Scene scene(in_file());
  CallState pipe = make_call(7, "pipe");
  CallState other = make_call(8, "dup");
  scene.sink.call_begin(thread(7), pipe);
  scene.sink.call_suspend(pipe);
  scene.whole(other, returns(4));
  scene.sink.call_resume(thread(7), pipe);
  scene.sink.begin(Shape::array, {});
  scene.sink.number(decimal(3));
  scene.sink.end();
  scene.sink.result(pipe, returns(0));
  scene.sink.call_end(thread(7), pipe);
  CHECK(scene.text() ==
        "7     pipe( <unfinished ...>\n"
        "8     dup(3)                            = 4\n"
        "7     <... pipe resumed>[3])            = 0\n");
}

TEST_CASE("a structure stays open while its call is interrupted") {
  Scene scene(in_file());
  CallState setup = make_call(7, "setup");
  CallState other = make_call(8, "dup");
  scene.sink.call_begin(thread(7), setup);
  scene.sink.begin(Shape::structure, {});
  scene.sink.field("a");
  scene.sink.number(decimal(1));
  scene.sink.call_suspend(setup);
  scene.whole(other, returns(4));
  scene.sink.call_resume(thread(7), setup);
  scene.sink.field("b");
  scene.sink.number(decimal(2));
  scene.sink.end();
  scene.sink.result(setup, returns(0));
  scene.sink.call_end(thread(7), setup);
  CHECK(scene.text() ==
        "7     setup({a=1 <unfinished ...>\n"
        "8     dup(3)                            = 4\n"
        "7     <... setup resumed>, b=2})        = 0\n");
}

TEST_CASE("a tracee that dies inside a call closes its line") {
  Scene scene;
  CallState whole = make_call(7, "exit_group");
  scene.enter(whole);
  scene.sink.call_lost(thread(7), whole, Loss::exited);
  CallState read = pending(7, "read");
  scene.enter(read);
  scene.sink.call_lost(thread(7), read, Loss::exited);
  scene.sink.killed(thread(7), 9, false, {});
  CHECK(scene.text() ==
        "exit_group(3)                           = ?\n"
        "read(3 <unfinished ...>)                = ?\n"
        "+++ killed by SIGKILL +++\n");
}

TEST_CASE("a tracee that dies inside an interrupted call takes it up to say so") {
  Scene scene(in_file());
  CallState read = pending(7, "read");
  CallState other = make_call(8, "dup");
  scene.enter(read);
  scene.whole(other, returns(4));
  scene.sink.call_lost(thread(7), read, Loss::exited);
  CHECK(scene.text() ==
        "7     read(3 <unfinished ...>\n"
        "8     dup(3)                            = 4\n"
        "7     <... read resumed> <unfinished ...>) = ?\n");
}

TEST_CASE("detaching shows only on a line that is open") {
  Scene scene(in_file());
  CallState first = pending(7, "read");
  CallState second = pending(8, "read");
  scene.enter(first);
  scene.enter(second);
  scene.sink.call_lost(thread(7), first, Loss::detached);
  scene.sink.call_lost(thread(8), second, Loss::detached);
  CHECK(scene.text() ==
        "7     read(3 <unfinished ...>\n"
        "8     read(3 <detached ...>\n");
}

TEST_CASE("signals, stops and ends have lines of their own") {
  Scene scene;
  scene.sink.signal_begin(thread(7), 17, {});
  scene.sink.begin(Shape::structure, {});
  scene.sink.field("si_pid");
  scene.sink.pid({.value = 8});
  scene.sink.end();
  scene.sink.signal_end();
  scene.sink.stopped(thread(7), 19, {});
  scene.sink.abi_changed(thread(7), Abi::i386, {});
  scene.sink.abi_changed(thread(7), Abi::x86_64, {});
  scene.sink.superseded(thread(7), Tid{9}, {});
  scene.sink.killed(thread(7), 37, true, {});
  scene.sink.exited(thread(7), 3, {});
  CHECK(scene.text() ==
        "--- SIGCHLD {si_pid=8} ---\n"
        "--- stopped by SIGSTOP ---\n"
        "[ Process PID=7 runs in 32 bit mode. ]\n"
        "[ Process PID=7 runs in 64 bit mode. ]\n"
        "+++ superseded by execve in pid 9 +++\n"
        "+++ killed by SIGRT_5 (core dumped) +++\n"
        "+++ exited with 3 +++\n");
}

TEST_CASE("pids carry the command when it is known") {
  Scene scene;
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  Subject who = thread(8);
  who.comm = "sh";
  scene.sink.exited(who, 0, {});
  CHECK(scene.text() == "[pid     8<sh>] +++ exited with 0 +++\n");
  Scene file(in_file());
  file.sink.exited(who, 0, {});
  CHECK(file.text() == "8<sh> +++ exited with 0 +++\n");
}

TEST_CASE("a line starts with the times, the number and the instruction pointer that were asked for") {
  setenv("TZ", "UTC", 1);
  TextOptions options;
  options.column = 0;
  options.clock = TextOptions::Clock::time;
  options.clock_precision = Precision::us;
  options.relative = Precision::us;
  options.duration = Precision::ns;
  options.syscall_number = true;
  options.instruction_pointer = true;
  Scene scene(options);
  CallState call = make_call(7, "openat", 257);
  call.ip = {0x7f0012345678};
  call.entered = microseconds(5'000'000);
  call.left = call.entered + microseconds(54);
  call.entered_wall = microseconds(1'000'003'600'000'123);
  call.left_wall = call.entered_wall + microseconds(54);
  scene.whole(call, returns(3));
  Subject who = thread(7);
  who.number = 257;
  scene.sink.exited(who, 0, {microseconds(5'000'275), microseconds(1'000'003'600'000'400)});
  who.abi = Abi::i386;
  who.number = ~uint64_t{0};
  scene.sink.exited(who, 0, {microseconds(5'000'275), microseconds(1'000'003'600'000'400)});
  CHECK(scene.text() ==
        "02:46:40.000123 (+     0.000000) [ 257] [00007f0012345678] openat(3) = 3 <0.000054000>\n"
        "02:46:40.000400 (+     0.000275) [ 257] [????????????????] +++ exited with 0 +++\n"
        "02:46:40.000400 (+     0.000000) [???] [????????] +++ exited with 0 +++\n");
}

TEST_CASE("every precision of every clock") {
  const auto line = [](auto set) {
    TextOptions options;
    set(options);
    Scene scene(options);
    scene.sink.exited(thread(7), 0, {microseconds(1), std::chrono::nanoseconds(1'795'253'068'877'647'779)});
    scene.sink.exited(thread(7), 0, {microseconds(12'345'679), std::chrono::nanoseconds(1'795'253'068'877'647'779)});
    const std::string text = scene.text();
    const auto second = text.find('\n') + 1;
    return text.substr(second, text.find("+++", second) - second);
  };
  using Clock = TextOptions::Clock;
  const auto epoch = [&](Precision precision) {
    return line([=](TextOptions& o) {
      o.clock = Clock::epoch;
      o.clock_precision = precision;
    });
  };
  CHECK(epoch(Precision::s) == "1795253068 ");
  CHECK(epoch(Precision::ms) == "1795253068.877 ");
  CHECK(epoch(Precision::us) == "1795253068.877647 ");
  CHECK(epoch(Precision::ns) == "1795253068.877647779 ");
  const auto relative = [&](Precision precision) { return line([=](TextOptions& o) { o.relative = precision; }); };
  CHECK(relative(Precision::s) == "    12 ");
  CHECK(relative(Precision::ms) == "    12.345 ");
  CHECK(relative(Precision::us) == "    12.345678 ");
  CHECK(relative(Precision::ns) == "    12.345678000 ");
}

TEST_CASE("a call that never returns has no duration") {
  TextOptions options;
  options.duration = Precision::us;
  Scene scene(options);
  CallState call = make_call(7, "exit");
  scene.whole(call, {.kind = ResultValue::Kind::never});
  CHECK(scene.text() == "exit(3)                                 = ?\n");
}

TEST_CASE("dumps stand below the line of their call") {
  TextOptions options;
  options.duration = Precision::s;
  Scene scene(options);
  CallState call = make_call(7, "writev");
  const Subject who = thread(7);
  scene.enter(call);
  scene.sink.call_resume(who, call);
  scene.sink.result(call, returns(5));
  scene.sink.dump(who, call, {.kind = Dump::Kind::vector, .index = 1, .length = 2});
  scene.sink.dump(who, call, {.kind = Dump::Kind::buffer, .index = 0, .length = 18});
  scene.sink.dump(who, call, {.index = 0, .length = 18, .bytes = "0123456789 \x7f~ef\xff\x01x"});
  scene.sink.dump(who, call, {.index = 0x100000, .length = 0x100002, .bytes = "ab"});
  scene.sink.call_end(who, call);
  CallState next = make_call(7, "dup");
  scene.whole(next, returns(4));
  CHECK(scene.text() ==
        "writev(3)                               = 5 <0>\n"
        " = 2 buffers in vector 1\n"
        " * 18 bytes in buffer 0\n"
        " | 00000  30 31 32 33 34 35 36 37  38 39 20 7f 7e 65 66 ff  0123456789 .~ef. |\n"
        " | 00010  01 78                                             .x               |\n"
        " | 100000  61 62                                             ab               |\n"
        "dup(3)                                  = 4 <0>\n");
}

TEST_CASE("staged calls come out whole, with the prefix of their entry, or not at all") {
  Scene scene(staged());
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  CallState wait = pending(7, "wait4");
  CallState dropped = make_call(8, "dup");
  scene.enter(wait, -1);
  scene.enter(dropped);
  scene.sink.call_discard(dropped);
  CallState killed = make_call(8, "kill");
  scene.enter(killed);
  scene.sink.call_lost(thread(8), killed, Loss::exited);
  scene.sink.killed(thread(8), 9, false, {});
  scene.sink.tracee_removed(thread(8), {});
  scene.leave(wait, returns(8));
  CHECK(scene.text() ==
        "[pid     8] kill(3)                     = ?\n"
        "[pid     8] +++ killed by SIGKILL +++\n"
        "[pid     7] wait4(-1, 9)                = 8\n");
}

TEST_CASE("an execve by another thread goes on under the leader's id") {
  Scene scene;
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  CallState execve = make_call(8, "execve");
  scene.enter(execve);
  scene.sink.superseded(thread(7), Tid{8}, {});
  scene.sink.tracee_removed(thread(7), {});
  scene.sink.pid_changed(thread(7), Tid{8}, {});
  execve.tid = Tid{7};
  scene.leave(execve, returns(0));
  CHECK(scene.text() ==
        "[pid     8] execve(3 <pid changed to 7 ...>\n"
        "+++ superseded by execve in pid 8 +++\n"
        "<... execve resumed>)                   = 0\n");
}

TEST_CASE("an execve by another thread may have been interrupted before") {
  Scene scene(in_file());
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  CallState execve = make_call(8, "execve");
  CallState pause = make_call(7, "pause");
  scene.enter(execve);
  scene.enter(pause);
  scene.sink.call_lost(thread(7), pause, Loss::exited);
  scene.sink.superseded(thread(7), Tid{8}, {});
  scene.sink.tracee_removed(thread(7), {});
  scene.sink.pid_changed(thread(7), Tid{8}, {});
  execve.tid = Tid{7};
  scene.leave(execve, returns(0));
  CHECK(scene.text() ==
        "8     execve(3 <unfinished ...>\n"
        "7     pause(3)                          = ?\n"
        "7     +++ superseded by execve in pid 8 +++\n"
        "7     <... execve resumed>)             = 0\n");
}

TEST_CASE("a staged execve by another thread forgets what was staged") {
  Scene scene(staged());
  CallState execve = make_call(8, "execve");
  scene.enter(execve);
  scene.sink.pid_changed(thread(7), Tid{8}, {});
  execve.tid = Tid{7};
  scene.leave(execve, returns(0));
  CHECK(scene.text() == "<... execve resumed>)                   = 0\n");
}

TEST_CASE("with a file for each tracee nothing interleaves") {
  TextOptions options;
  options.pid = TextOptions::Pid::never;
  Scene scene(options, true);
  scene.sink.tracee_added(thread(8), Tid{7}, {});
  CallState read = pending(7, "read");
  CallState execve = make_call(8, "execve");
  scene.enter(read);
  scene.enter(execve);
  scene.sink.call_lost(thread(7), read, Loss::exited);
  scene.sink.superseded(thread(7), Tid{8}, {});
  scene.sink.pid_changed(thread(7), Tid{8}, {});
  execve.tid = Tid{7};
  scene.leave(execve, returns(0));
  CHECK(scene.text(".7") ==
        "read(3 <unfinished ...>)                = ?\n"
        "+++ superseded by execve in pid 8 +++\n"
        "<... execve resumed>)                   = 0\n");
  CHECK(scene.text(".8") == "execve(3 <pid changed to 7 ...>\n");
}

TEST_CASE("the column of results survives a buffer that is written in the middle of a line") {
  Scene scene;
  CallState call = make_call(7, "close");
  scene.enter(call);
  scene.sink.flush();
  scene.leave(call, returns(0));
  CHECK(scene.text() == "close(3)                                = 0\n");
}
