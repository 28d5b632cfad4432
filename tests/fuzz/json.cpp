// --json: any events with any values in any nesting that a decoder could send, with any bytes where text comes from a
// tracee. Every line must be an object that any reader takes. What comes from tables (names of arguments, members and
// constants) is what such names are.
#include <array>
#include <string>
#include <vector>

#include "capture.h"
#include "check.h"
#include "input.h"
#include "output/json_sink.h"

namespace ktrace::fuzz {
namespace {

constexpr std::array<std::string_view, 6> names{"", "fd", "O_RDONLY", "sa_family", "iov_base", "?"};

std::string_view name(Input& input) {
  return names[input.byte() % names.size()];
}

Number number(Input& input) {
  const uint8_t how = input.byte();
  return {.value = input.number<uint64_t>(),
          .width = static_cast<uint8_t>(1U << (how & 3)),
          .is_signed = (how & 4) != 0,
          .base = static_cast<Base>((how >> 3 & 3) % 3)};
}

void symbols(Input& input, ValueSink& sink) {
  const Number raw = number(input);
  const uint8_t how = input.byte();
  const std::vector<std::string_view> list(how & 3, name(input));
  sink.symbols({.value = raw.value,
                .width = raw.width,
                .is_signed = raw.is_signed,
                .is_flags = (how & 4) != 0,
                .base = raw.base,
                .names = list,
                .rest = (how & 8) != 0 ? raw.value & 0xf0 : 0,
                .unknown = (how & 16) != 0 ? "O_???" : "",
                .annotated = (how & 32) != 0,
                .sign = (how & 64) != 0 ? "-" : "",
                .shift = static_cast<uint8_t>((how & 128) != 0 ? 16 : 0)});
}

void string(Input& input, ValueSink& sink) {
  const uint8_t how = input.byte();
  const std::string_view bytes = input.text();
  sink.string({.bytes = bytes,
               .kind = static_cast<Bytes::Kind>((how & 7) % 6),
               .cut = (how & 8) != 0,
               .length = bytes.size() + (how >> 4),
               .note = (how & 128) != 0 ? input.text() : std::string_view{}});
}

void expression(Input& input, ValueSink& sink) {
  const Number raw = number(input);
  const uint8_t how = input.byte();
  Expression value{.raw = raw.value, .base = raw.base, .is_signed = raw.is_signed, .text = input.text()};
  value.fixed = (how & 1) != 0;
  if ((how & 2) != 0) value.bytes = input.text();
  if ((how & 4) != 0) value.raw_text = input.text();
  if ((how & 8) != 0) value.plain = input.text();
  value.beside = (how & 16) != 0;
  sink.expression(value);
}

void values(Input& input, ValueSink& sink, bool labelled, unsigned depth);

// One value without what may stand before and behind it.
void value(Input& input, ValueSink& sink, unsigned depth) {
  switch (input.byte() % 10) {
    case 0: return sink.number(number(input));
    case 1: return symbols(input, sink);
    case 2: return string(input, sink);
    case 3: return sink.address({input.number<uint64_t>()});
    case 4: return sink.fd({.value = input.number<int32_t>(), .symbol = name(input), .target = input.text()});
    case 5: return sink.pid({.value = input.number<int32_t>(), .comm = input.text(), .own = input.byte()});
    case 6: return expression(input, sink);
    case 7: return sink.word(input.text());
    default:
      const auto shape = static_cast<Shape>(input.byte() % 5);
      sink.begin(shape, shape == Shape::call ? "makedev" : shape == Shape::set && input.flag() ? "~" : "");
      if (depth < 40) values(input, sink, shape == Shape::structure, depth + 1);
      sink.end();
  }
}

void values(Input& input, ValueSink& sink, bool labelled, unsigned depth) {
  while (!input.at_end()) {
    const uint8_t what = input.byte();
    if ((what & 3) == 0) return;
    if (labelled) depth == 0 ? sink.argument(name(input)) : sink.field(name(input));
    if ((what & 0x1c) == 0x1c) {
      what % 2 == 0 ? sink.elided() : sink.unreadable({input.number<uint64_t>()});
      continue;
    }
    value(input, sink, depth);
    if ((what & 0x20) != 0) sink.comment(input.text());
    if ((what & 0x40) != 0) {
      sink.changed();
      value(input, sink, depth);
    }
    for (unsigned more = (what & 0x80) != 0 ? input.byte() % 3 : 0; more != 0; --more) {
      sink.joined(what % 2 == 0 ? '|' : '+');
      value(input, sink, depth);
    }
  }
}

void stack(Input& input, Sink& sink, const Subject& who) {
  std::vector<Frame> frames(input.byte() % 4);
  for (Frame& frame : frames) {
    const uint8_t how = input.byte();
    frame = {.ip = {input.number<uint64_t>()}, .mapped = (how & 1) != 0, .deleted = (how & 2) != 0};
    frame.module = input.text();
    if ((how & 4) != 0) frame.symbol = input.text();
    if ((how & 8) != 0) frame.file = input.text();
    frame.line = how;
  }
  // The same number means the same frames.
  static uint64_t id = 0;
  std::vector<const Frame*> pointers;
  for (const Frame& frame : frames) pointers.push_back(&frame);
  sink.stack(who, {.frames = pointers, .end = static_cast<Stack::End>(input.byte() % 2), .id = ++id});
}

void result(Input& input, Sink& sink, CallState& call) {
  ResultValue result;
  result.kind = static_cast<ResultValue::Kind>(input.byte() % 7);
  result.value = input.number<int64_t>();
  if (result.kind == ResultValue::Kind::error) result.value = -(result.value & 0xfff);
  result.base = static_cast<Base>(input.byte() % 3);
  result.target = input.text();
  result.own_pid = input.byte();
  sink.result(call, result);
  if (!input.flag()) return;
  sink.begin(Shape::aux, {});
  values(input, sink, false, 1);
  sink.end();
}

void dumps(Input& input, Sink& sink, CallState& call, const Subject& who) {
  for (unsigned count = input.byte() % 8; count != 0; --count) {
    const auto kind = static_cast<Dump::Kind>(input.byte() % 3);
    const std::string_view bytes = kind == Dump::Kind::bytes ? input.text() : std::string_view{};
    sink.dump(who, call, {.kind = kind, .index = input.byte(), .length = bytes.size(), .bytes = bytes});
  }
}

void call(Input& input, Sink& sink, const Subject& who, CallState& call) {
  call.tid = who.tid;
  call.tgid = who.tgid;
  call.abi = who.abi;
  call.number = input.number<uint64_t>();
  call.name_storage = "syscall_0x1f4";
  call.name = input.flag() ? std::string_view("openat") : call.name_storage;
  call.tampered = {.arguments = input.flag(), .result = input.flag(), .delayed = input.flag()};
  sink.call_begin(who, call);
  values(input, sink, true, 0);
  sink.call_suspend(call);
  const uint8_t end = input.byte() % 8;
  if (end < 3) return sink.call_lost(who, call, static_cast<Loss>(end));
  sink.call_resume(who, call);
  values(input, sink, true, 0);
  if (end == 3) return sink.call_discard(call);
  result(input, sink, call);
  if (end == 4) {
    sink.vcpu_begin(call, 1, VcpuState::entry);
    values(input, sink, false, 1);
    sink.vcpu_end(call);
  }
  if (end == 5) dumps(input, sink, call, who);
  if (end == 6) stack(input, sink, who);
  sink.call_end(who, call);
}

void event(Input& input, Sink& sink, CallState& state) {
  Subject who{.tid = Tid{input.byte()}, .tgid = Tgid{input.byte()}, .comm = input.text()};
  who.abi = static_cast<Abi>(input.byte() % abi_count);
  if (input.flag()) who.ip = Address{input.number<uint64_t>()};
  const int number = input.number<int>();
  switch (input.byte() % 12) {
    case 0: return sink.stopped(who, number, {});
    case 1: return sink.exited(who, number, {});
    case 2: return sink.killed(who, number, input.flag(), {});
    case 3: return sink.superseded(who, Tid{number}, {});
    case 4: return sink.abi_changed(who, who.abi, {});
    case 5: return sink.pid_changed(who, Tid{number}, {});
    case 6: return sink.tracee_added(who, Tid{number}, {});
    case 7: return sink.tracee_removed(who, {});
    case 8:
      sink.signal_begin(who, number, {Nanoseconds{number}, Nanoseconds{input.number<int64_t>()}});
      value(input, sink, 0);
      if (input.flag()) stack(input, sink, who);
      return sink.signal_end();
    default: return call(input, sink, who, state);
  }
}

void run(Input input) {
  static Capture capture;
  const uint8_t first = input.byte();
  output::JsonOptions options;
  options.version = "1";
  if ((first & 1) != 0) options.command = {std::string(input.text()), std::string(input.text())};
  if ((first & 2) != 0) options.attached = {Tid{1}, Tid{2}};
  options.stack_ids = (first & 4) != 0;
  if ((first & 8) != 0) options.every_call_because = "-n";
  output::JsonSink sink(capture.destination(), options);
  CallState state;  // as in a session: one for all calls of a thread
  while (!input.at_end()) event(input, sink, state);
  sink.finish();
  capture.take(check_json_lines);
}

}  // namespace
}  // namespace ktrace::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ktrace::fuzz::run({data, size});
  return 0;
}
