// See json_sink.h. This file makes the objects of events; json_values.cpp makes what stands in them.
#include "output/json_sink.h"

#include <ctime>
#include <utility>

#include "base/append.h"
#include "base/errors.h"
#include "base/signals.h"
#include "output/json_text.h"

namespace ktrace::output {
namespace {

Nanoseconds now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

}  // namespace

JsonSink::JsonSink(Destination& destination, JsonOptions options)
    : destination_(&destination), options_(std::move(options)) {
  destination_->on_next_file([this](Writer& writer) { append_header(writer); });
  if (!destination_->separate()) append_header(destination_->writer({}));
}

// --- lines ---

void JsonSink::append_header(Writer& writer) {
  at_ = &own_;
  out().assign(R"({"type":"start","schema":)");
  base::append_decimal(out(), schema);
  out().append(R"(,"program":"ktrace","version":)");
  json::append_text(out(), options_.version);
  out().append(R"(,"command":[)");
  for (std::size_t i = 0; i < options_.command.size(); ++i) {
    if (i) out().push_back(',');
    json::append_text(out(), options_.command[i]);
  }
  out().append(R"(],"attached":[)");
  for (std::size_t i = 0; i < options_.attached.size(); ++i) {
    if (i) out().push_back(',');
    base::append_decimal(out(), options_.attached[i].value);
  }
  out().append(R"(],"seccomp":{"used":)").append(options_.every_call_because.empty() ? "true" : "false");
  if (!options_.every_call_because.empty()) {
    out().append(R"(,"reason":)");
    json::append_text(out(), options_.every_call_because);
  }
  out().push_back('}');
  append_time("time", now(CLOCK_MONOTONIC), now(CLOCK_REALTIME));
  out().append("}\n");
  writer.buffer().append(out());
}

// "stack": {"id": 1, "frames": [...]}
void JsonSink::stack(const Subject& who, const Stack& stack) {
  if (!options_.stacks) return;
  stack_text_.assign(R"(,"stack":{)");
  bool in_full = true;
  if (options_.stack_ids) {
    stack_text_.append(R"("id":)");
    json::append_unsigned(stack_text_, stack.id);
    in_full = shown_stacks_.add(destination_->separate() ? who.tid.value : 0, stack.id);
  }
  if (in_full) {
    stack_text_.append(options_.stack_ids ? R"(,"frames":)" : R"("frames":)").append(stack_texts_.of(stack));
    if (stack.end == Stack::End::limit) stack_text_.append(R"(,"cut":true)");
  }
  stack_text_.push_back('}');
}

void JsonSink::emit(Tid tid) {
  out().append(stack_text_);
  stack_text_.clear();
  out().append("}\n");
  Writer& writer = destination_->writer(tid);
  writer.buffer().append(out());
  destination_->line_ended(writer);
}

void JsonSink::append_time(std::string_view key, Nanoseconds monotonic, Nanoseconds wall) {
  out().append(",\"").append(key).append(R"(":{"mono":)");
  json::append_seconds(out(), monotonic);
  out().append(R"(,"wall":)");
  json::append_seconds(out(), wall);
  out().push_back('}');
}

void JsonSink::append_who(const Subject& who) {
  out().append(R"(,"pid":)");
  base::append_decimal(out(), who.tgid.value);
  out().append(R"(,"tid":)");
  base::append_decimal(out(), who.tid.value);
  if (who.comm.empty()) return;
  out().append(R"(,"comm":)");
  json::append_text(out(), who.comm);
}

void JsonSink::append_signal(std::string_view key, int signal) {
  out().append(",\"").append(key).append(R"(":{"raw":)");
  base::append_decimal(out(), signal);
  out().append(R"(,"sym":[)");
  if (const auto name = base::signal_name(signal); !name.empty()) json::append_string(out(), name);
  out().append("]}");
}

void JsonSink::begin_event(const Subject& who, std::string_view type, Moment when) {
  at_ = &own_;
  at_->levels.clear();
  labelled_ = false;
  event_tid_ = who.tid;
  out().assign(R"({"type":")").append(type).push_back('"');
  append_who(who);
  append_time("time", when.monotonic, when.wall);
}

void JsonSink::end_event() {
  emit(event_tid_);
}

// --- calls ---

void JsonSink::call_begin(const Subject& who, CallState& call) {
  at_ = &call.as_json;
  at_->levels.clear();
  at_->mark = static_cast<uint32_t>(who.tid.value);
  labelled_ = false;
  out().assign(R"({"type":"call")");
  append_who(who);
  out().append(R"(,"abi":")").append(abi_name(call.abi)).append(R"(","syscall":)");
  json::append_text(out(), call.name);
  out().append(R"(,"number":)");
  json::append_signed(out(), static_cast<int64_t>(call.number));
  out().append(R"(,"ip":)");
  json::append_address(out(), call.ip.value);
  append_time("entry", call.entered, call.entered_wall);
  out().append(R"(,"args":{)");
  open_level(object);
}

void JsonSink::call_suspend(CallState& call) {
  static_cast<void>(call);
}

void JsonSink::call_resume(const Subject& who, CallState& call) {
  static_cast<void>(who);
  at_ = &call.as_json;
  labelled_ = false;
}

// `"return": ..., "status": ...` after the arguments.
void JsonSink::result(CallState& call, const ResultValue& value) {
  using Kind = ResultValue::Kind;
  static_cast<void>(call);
  at_->levels.clear();
  out().append(R"(},"return":)");
  std::string_view status = "successful";
  const auto number = static_cast<uint64_t>(value.value);
  switch (value.kind) {
    case Kind::number: append_number(number, value.width, !value.is_unsigned); break;
    case Kind::fd:
    case Kind::pid:
      out().append(value.kind == Kind::fd ? R"({"fd":)" : R"({"pid":)");
      json::append_signed(out(), value.value);
      if (!value.target.empty()) {
        out().append(value.kind == Kind::fd ? R"(,"target":)" : R"(,"comm":)");
        json::append_text(out(), value.target);
      }
      json::append_own_pid(out(), value.own_pid);
      out().push_back('}');
      break;
    case Kind::address: json::append_address(out(), number); break;
    case Kind::error: {
      const int error = static_cast<int>(-value.value);
      out().append(base::is_restart(error) ? "null" : "-1").append(R"(,"error":{"errno":)");
      if (const auto name = base::error_name(error).name; name.empty())
        out().append("null");
      else
        json::append_string(out(), name);
      out().append(R"(,"number":)");
      base::append_decimal(out(), error);
      out().push_back('}');
      status = "failed";
      break;
    }
    case Kind::never:
      out().append("null");
      status = "unfinished";
      break;
    case Kind::unavailable:
      out().append("null");
      status = "unavailable";
      break;
  }
  out().append(R"(,"status":")").append(status).push_back('"');
}

// "data": [{"message": 0, "buffer": 0, "hex": "00ff"}]
void JsonSink::dump(const Subject& who, CallState& call, const Dump& piece) {
  end_vcpu();
  static_cast<void>(who);
  static_cast<void>(call);
  if (piece.kind == Dump::Kind::vector) {
    dump_.message = piece.index;
    return;
  }
  if (piece.kind == Dump::Kind::buffer) {
    dump_.buffer = piece.index;
    return;
  }
  if (piece.index == 0) {
    if (dump_.bytes) out().append("\"}");
    out().append(dump_.any ? "," : R"(,"data":[)");
    out().push_back('{');
    if (dump_.message) {
      out().append(R"("message":)");
      json::append_unsigned(out(), *dump_.message);
      out().push_back(',');
    }
    if (dump_.buffer) {
      out().append(R"("buffer":)");
      json::append_unsigned(out(), *dump_.buffer);
      out().push_back(',');
    }
    out().append(R"("hex":")");
    dump_.any = dump_.bytes = true;
  }
  json::append_hex_digits(out(), piece.bytes);
}

// "vcpu": {"number": 0, "entry": {...}, "exit": {...}}
void JsonSink::vcpu_begin(CallState& call, int number, VcpuState when) {
  static_cast<void>(call);
  if (!std::exchange(vcpu_, true)) base::append_decimal(out().append(R"(,"vcpu":{"number":)"), number);
  out().append(when == VcpuState::entry ? R"(,"entry":)" : R"(,"exit":)");
  open_level(0);
}

void JsonSink::vcpu_end(CallState& call) {
  static_cast<void>(call);
  at_->levels.clear();
}

void JsonSink::end_vcpu() {
  if (std::exchange(vcpu_, false)) out().push_back('}');
}

void JsonSink::end_dump() {
  if (dump_.bytes) out().append("\"}");
  if (dump_.any) out().push_back(']');
  dump_ = {};
}

// "injected": ["args", "return"], "delayed": true
void JsonSink::append_tampered(const CallState::Tampered& tampered) {
  if (tampered.arguments || tampered.result) {
    out().append(R"(,"injected":[)");
    if (tampered.arguments) out().append(tampered.result ? R"("args",)" : R"("args")");
    if (tampered.result) out().append(R"("return")");
    out().push_back(']');
  }
  if (tampered.delayed) out().append(R"(,"delayed":true)");
}

void JsonSink::call_end(const Subject& who, CallState& call) {
  end_vcpu();
  end_dump();
  append_tampered(call.tampered);
  if (at_->mark != static_cast<uint32_t>(who.tid.value)) {
    out().append(R"(,"tid_after":)");
    base::append_decimal(out(), who.tid.value);
  }
  append_time("exit", call.left, call.left_wall);
  out().append(R"(,"duration":)");
  json::append_seconds(out(), call.left - call.entered);
  emit(who.tid);
}

void JsonSink::call_lost(const Subject& who, CallState& call, Loss why) {
  at_ = &call.as_json;
  // A structure of which only the entry is known stays open otherwise.
  while (at_->levels.size() > 1) end();
  at_->levels.clear();
  out().append(R"(},"return":null,"status":")");
  out().append(why == Loss::detached ? "detached" : "unfinished").push_back('"');
  emit(who.tid);
}

void JsonSink::call_discard(CallState& call) {
  call.as_json.text.clear();
}

// --- other events ---

void JsonSink::signal_begin(const Subject& who, int signal, Moment when) {
  begin_event(who, "signal", when);
  append_signal("signal", signal);
  open_level(bare);
}

void JsonSink::signal_end() {
  end_event();
}

void JsonSink::stopped(const Subject& who, int signal, Moment when) {
  begin_event(who, "stopped", when);
  append_signal("signal", signal);
  end_event();
}

void JsonSink::exited(const Subject& who, int status, Moment when) {
  begin_event(who, "exited", when);
  out().append(R"(,"code":)");
  base::append_decimal(out(), status);
  end_event();
}

void JsonSink::killed(const Subject& who, int signal, bool core, Moment when) {
  begin_event(who, "killed", when);
  append_signal("signal", signal);
  out().append(core ? R"(,"core":true)" : R"(,"core":false)");
  end_event();
}

void JsonSink::superseded(const Subject& who, Tid by, Moment when) {
  begin_event(who, "superseded", when);
  out().append(R"(,"by":)");
  base::append_decimal(out(), by.value);
  end_event();
}

void JsonSink::abi_changed(const Subject& who, Abi abi, Moment when) {
  begin_event(who, "abi", when);
  out().append(R"(,"abi":")").append(abi_name(abi)).push_back('"');
  end_event();
}

void JsonSink::pid_changed(const Subject& who, Tid before, Moment when) {
  begin_event(who, "renamed", when);
  out().append(R"(,"before":)");
  base::append_decimal(out(), before.value);
  end_event();
  destination_->remove(before);
}

void JsonSink::tracee_added(const Subject& who, Tid parent, Moment when) {
  if (destination_->separate()) {
    destination_->add(who.tid);
    append_header(destination_->writer(who.tid));
  }
  begin_event(who, "added", when);
  out().append(R"(,"parent":)");
  if (parent.value)
    base::append_decimal(out(), parent.value);
  else
    out().append("null");
  end_event();
}

void JsonSink::tracee_removed(const Subject& who, Moment when) {
  begin_event(who, "removed", when);
  end_event();
  destination_->remove(who.tid);
  if (options_.stack_ids) shown_stacks_.forget(who.tid.value);
}

void JsonSink::flush() {
  destination_->flush();
}

std::optional<Nanoseconds> JsonSink::on_idle(Nanoseconds now_monotonic) {
  return destination_->on_idle(now_monotonic);
}

bool JsonSink::broken() const {
  return destination_->broken();
}

// The last line tells a whole trace from one that was cut off.
void JsonSink::finish() {
  if (!destination_->separate()) {
    at_ = &own_;
    out().assign(R"({"type":"end")");
    append_time("time", now(CLOCK_MONOTONIC), now(CLOCK_REALTIME));
    emit({});
  }
  destination_->flush();
}

}  // namespace ktrace::output
