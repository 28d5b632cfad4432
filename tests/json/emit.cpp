// Writes a trace with every event and every kind of value that a sink can get, strange ones included, to a file:
// emit FILE. And with a seed, values in any order that the contract allows: emit FILE SEED.
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "output/destination.h"
#include "output/json_sink.h"

using namespace ktrace;
using namespace ktrace::output;

namespace {

// Makes values that nest, without meaning.
class Babbler {
 public:
  Babbler(unsigned seed, Sink& sink) : random_(seed), sink_(sink) {}

  void value(unsigned depth) {
    switch (pick(depth > 5 ? 9 : 14)) {
      case 0: return sink_.number({.value = word(), .width = 8, .is_signed = pick(2) == 0});
      case 1: return symbols();
      case 2: return string(Bytes::Kind::data);
      case 3: return string(Bytes::Kind::path);
      case 4: return sink_.address({pick(3) ? word() : 0});
      case 5: return sink_.fd({.value = static_cast<int32_t>(word()), .symbol = "AT_FDCWD", .target = "/x"});
      case 6:
        return sink_.pid(
            {.value = static_cast<int32_t>(word()), .comm = pick(2) ? "sh" : "", .own = pick(3) ? 0 : 4711});
      case 7: return expression();
      case 8: return sink_.word(bytes());
      case 9: return members(depth);
      case 10: return elements(depth, Shape::array, {});
      case 11: return elements(depth, Shape::set, pick(2) ? "~" : "");
      case 12: return elements(depth, Shape::call, "makedev");
      default: return elements(depth, Shape::flow, {});
    }
  }

  // A value and what may come after it.
  void element(unsigned depth) {
    value(depth);
    if (pick(6) == 0) sink_.comment(bytes());
    for (unsigned more = pick(8) == 0 ? 1 + pick(3) : 0; more > 0; --more) {
      sink_.joined();
      value(depth + 1);
    }
    if (pick(8) == 0) {
      sink_.changed();
      value(depth + 1);
      if (pick(3) == 0) sink_.comment("after");
    }
  }

  void members(unsigned depth) {
    sink_.begin(Shape::structure, {});
    const unsigned count = pick(4);
    for (unsigned i = 0; i < count; ++i) {
      const std::string name = "member" + std::to_string(i);
      if (pick(8)) sink_.field(name);
      element(depth + 1);
    }
    if (pick(3) == 0) sink_.elided();
    sink_.end();
  }

  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }

 private:
  uint64_t word() { return random_() >> pick(64); }

  std::string bytes() {
    std::string text;
    for (unsigned n = pick(12); n > 0; --n) text.push_back(static_cast<char>(pick(4) ? 0x20 + pick(95) : pick(256)));
    return text;
  }

  void symbols() {
    const std::string_view names[] = {"A", "B_C"};
    sink_.symbols({.value = word(),
                   .is_flags = pick(2) == 0,
                   .names = std::span(names).first(pick(3)),
                   .rest = pick(2) ? word() : 0,
                   .unknown = "X_???"});
  }

  void string(Bytes::Kind kind) {
    const std::string text = bytes();
    sink_.string({.bytes = text, .kind = kind, .cut = pick(3) == 0, .length = word()});
  }

  void expression() {
    const std::string text = bytes();
    sink_.expression({.raw = word(), .text = text, .bytes = "\1", .plain = pick(2) ? "1.2.3.4" : ""});
  }

  void elements(unsigned depth, Shape shape, std::string_view name) {
    sink_.begin(shape, name);
    for (unsigned n = pick(4); n > 0; --n) element(depth + 1);
    if (pick(6) == 0) sink_.elided();
    if (pick(6) == 0) sink_.unreadable({0x1000});
    sink_.end();
  }

  std::mt19937_64 random_;
  Sink& sink_;
};

void dumps(Babbler& babbler, const Subject& who, CallState& call, Sink& sink) {
  const bool messages = babbler.pick(3) == 0;
  for (unsigned message = 0; message < babbler.pick(3); ++message) {
    if (messages) sink.dump(who, call, {.kind = Dump::Kind::vector, .index = message, .length = 2});
    for (unsigned buffer = 0; buffer < babbler.pick(4); ++buffer) {
      if (messages || babbler.pick(2))
        sink.dump(who, call, {.kind = Dump::Kind::buffer, .index = buffer, .length = 32});
      if (babbler.pick(4) == 0) continue;  // it could not be read
      sink.dump(who, call, {.index = 0, .length = 17, .bytes = "0123456789abcdef"});
      sink.dump(who, call, {.index = 16, .length = 17, .bytes = std::string_view("\0", 1)});
    }
  }
}

void vcpu(Babbler& babbler, CallState& call, Sink& sink) {
  for (const VcpuState when : {VcpuState::entry, VcpuState::exit}) {
    if (when == VcpuState::exit && babbler.pick(2)) return;
    sink.vcpu_begin(call, 1, when);
    babbler.members(0);
    sink.vcpu_end(call);
  }
}

ResultValue some_result(Babbler& babbler) {
  ResultValue value;
  value.kind = static_cast<ResultValue::Kind>(babbler.pick(7));
  value.value = value.kind == ResultValue::Kind::error ? -1 - static_cast<int64_t>(babbler.pick(600))
                                                       : static_cast<int64_t>(babbler.pick(100000)) - 50;
  if (babbler.pick(2)) value.target = "/x";
  return value;
}

void some_stack(Babbler& babbler, Sink& sink, const Subject& who) {
  const Frame frames[] = {
      {.ip = {0x7f00}},
      {.ip = {0x1000}, .mapped = true, .module = "[vdso]"},
      {.ip = {0x2000}, .mapped = true, .deleted = true, .module = "/a\"b", .build_id = "00ff", .module_address = 7},
      {.ip = {0x3000},
       .mapped = true,
       .module = "/c",
       .symbol = "f(\xff)",
       .file = "c.c",
       .symbol_offset = 1,
       .line = 2},
  };
  std::vector<const Frame*> some;
  for (const Frame& frame : std::span(frames).first(babbler.pick(5))) some.push_back(&frame);
  sink.stack(who, {.frames = some,
                   .end = babbler.pick(4) == 0 ? Stack::End::limit : Stack::End::complete,
                   .id = babbler.pick(100)});
}

void babble(Sink& sink, unsigned seed, const Subject& who) {
  Babbler babbler(seed, sink);
  for (int n = 0; n < 200; ++n) {
    CallState call;
    call.tid = who.tid;
    call.name = "babble";
    call.number = n % 7 ? static_cast<uint64_t>(n) : ~uint64_t{0};
    sink.call_begin(who, call);
    const unsigned arguments = babbler.pick(6);
    for (unsigned i = 0; i < arguments; ++i) {
      if (i == arguments / 2) {
        sink.call_suspend(call);
        sink.call_resume(who, call);
      }
      const std::string name = "arg" + std::to_string(i);
      if (babbler.pick(8)) sink.argument(name);
      babbler.element(0);
    }
    if (babbler.pick(10) == 0) {
      some_stack(babbler, sink, who);
      sink.call_lost(who, call, static_cast<Loss>(babbler.pick(3)));
      continue;
    }
    sink.result(call, some_result(babbler));
    if (babbler.pick(3) == 0) {
      sink.begin(Shape::aux, {});
      babbler.element(0);
      sink.end();
    }
    if (babbler.pick(5) == 0) vcpu(babbler, call, sink);
    dumps(babbler, who, call, sink);
    if (babbler.pick(3) == 0) some_stack(babbler, sink, who);
    sink.call_end(who, call);
  }
}

void every_event(Sink& sink, const Subject& who, unsigned seed) {
  Babbler babbler(seed, sink);
  Subject other = who;
  other.tid = Tid{who.tid.value + 1};
  other.comm = "a\"b";
  sink.tracee_added(who, {}, {});
  sink.tracee_added(other, who.tid, {});
  sink.signal_begin(who, 17, {});
  babbler.members(0);
  sink.signal_end();
  sink.signal_begin(who, 99, {});
  some_stack(babbler, sink, who);
  sink.signal_end();
  some_stack(babbler, sink, who);
  sink.stopped(who, 19, {});
  sink.abi_changed(who, Abi::arm, {});
  sink.superseded(who, other.tid, {});
  sink.pid_changed(who, other.tid, {});
  some_stack(babbler, sink, who);
  sink.killed(who, 9, true, {});
  some_stack(babbler, sink, who);
  sink.exited(who, 255, {});
  some_stack(babbler, sink, who);
  sink.tracee_removed(who, {});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const unsigned seed = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 1;
  const base::Log log("emit");
  auto opened = Destination::open({.kind = Target::Kind::file, .name = argv[1]}, log);
  if (!opened) return 1;
  JsonSink sink(**opened,
                {.version = "0", .command = {"make", "\377\n"}, .attached = {Tid{1}}, .stack_ids = seed % 2 == 0});
  Subject who;
  who.tid = Tid{7};
  who.tgid = Tgid{7};
  every_event(sink, who, seed);
  babble(sink, seed, who);
  sink.finish();
  return 0;
}
