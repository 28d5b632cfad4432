// See tee_sink.h.
#include "output/tee_sink.h"

#include <algorithm>

namespace ktrace::output {

void TeeSink::call_begin(const Subject& who, CallState& call) {
  all(&Sink::call_begin, who, call);
}
void TeeSink::call_suspend(CallState& call) {
  all(&Sink::call_suspend, call);
}
void TeeSink::call_resume(const Subject& who, CallState& call) {
  all(&Sink::call_resume, who, call);
}
void TeeSink::result(CallState& call, const ResultValue& value) {
  all(&Sink::result, call, value);
}
void TeeSink::dump(const Subject& who, CallState& call, const Dump& piece) {
  all(&Sink::dump, who, call, piece);
}
void TeeSink::stack(const Subject& who, const Stack& stack) {
  all(&Sink::stack, who, stack);
}
void TeeSink::vcpu_begin(CallState& call, int number, VcpuState when) {
  all(&Sink::vcpu_begin, call, number, when);
}
void TeeSink::vcpu_end(CallState& call) {
  all(&Sink::vcpu_end, call);
}
void TeeSink::file(const CallState& call, const FileUse& use) {
  all(&Sink::file, call, use);
}
void TeeSink::call_end(const Subject& who, CallState& call) {
  all(&Sink::call_end, who, call);
}
void TeeSink::call_lost(const Subject& who, CallState& call, Loss why) {
  all(&Sink::call_lost, who, call, why);
}
void TeeSink::call_discard(CallState& call) {
  all(&Sink::call_discard, call);
}
void TeeSink::signal_begin(const Subject& who, int signal, Moment when) {
  all(&Sink::signal_begin, who, signal, when);
}
void TeeSink::signal_end() {
  all(&Sink::signal_end);
}
void TeeSink::stopped(const Subject& who, int signal, Moment when) {
  all(&Sink::stopped, who, signal, when);
}
void TeeSink::exited(const Subject& who, int status, Moment when) {
  all(&Sink::exited, who, status, when);
}
void TeeSink::killed(const Subject& who, int signal, bool core, Moment when) {
  all(&Sink::killed, who, signal, core, when);
}
void TeeSink::superseded(const Subject& who, Tid by, Moment when) {
  all(&Sink::superseded, who, by, when);
}
void TeeSink::abi_changed(const Subject& who, Abi abi, Moment when) {
  all(&Sink::abi_changed, who, abi, when);
}
void TeeSink::pid_changed(const Subject& who, Tid before, Moment when) {
  all(&Sink::pid_changed, who, before, when);
}
void TeeSink::tracee_added(const Subject& who, Tid parent, Moment when) {
  all(&Sink::tracee_added, who, parent, when);
}
void TeeSink::executed(const Subject& who) {
  all(&Sink::executed, who);
}
void TeeSink::ending(const Subject& who) {
  all(&Sink::ending, who);
}
void TeeSink::tracee_removed(const Subject& who, Moment when) {
  all(&Sink::tracee_removed, who, when);
}
void TeeSink::flush() {
  all(&Sink::flush);
}
void TeeSink::finish() {
  all(&Sink::finish);
}
void TeeSink::argument(std::string_view name) {
  all(&Sink::argument, name);
}
void TeeSink::field(std::string_view name) {
  all(&Sink::field, name);
}
void TeeSink::begin(Shape shape, std::string_view name) {
  all(&Sink::begin, shape, name);
}
void TeeSink::end() {
  all(&Sink::end);
}
void TeeSink::number(const Number& value) {
  all(&Sink::number, value);
}
void TeeSink::symbols(const Symbols& value) {
  all(&Sink::symbols, value);
}
void TeeSink::string(const Bytes& value) {
  all(&Sink::string, value);
}
void TeeSink::address(Address value) {
  all(&Sink::address, value);
}
void TeeSink::fd(const FdValue& value) {
  all(&Sink::fd, value);
}
void TeeSink::pid(const PidValue& value) {
  all(&Sink::pid, value);
}
void TeeSink::expression(const Expression& value) {
  all(static_cast<void (ValueSink::*)(const Expression&)>(&ValueSink::expression), value);
}
void TeeSink::word(std::string_view text) {
  all(&Sink::word, text);
}
void TeeSink::comment(std::string_view text) {
  all(&Sink::comment, text);
}
void TeeSink::note(std::string_view text) {
  all(&Sink::note, text);
}
void TeeSink::changed() {
  all(&Sink::changed);
}
void TeeSink::joined(char by) {
  all(&Sink::joined, by);
}
void TeeSink::elided() {
  all(&Sink::elided);
}
void TeeSink::unreadable(Address from) {
  all(&Sink::unreadable, from);
}

std::optional<Nanoseconds> TeeSink::on_idle(Nanoseconds now) {
  std::optional<Nanoseconds> soonest;
  for (Sink* sink : sinks_)
    if (const auto wait = sink->on_idle(now); wait && (!soonest || *wait < *soonest)) soonest = wait;
  return soonest;
}

bool TeeSink::broken() const {
  return std::any_of(sinks_.begin(), sinks_.end(), [](const Sink* sink) { return sink->broken(); });
}

}  // namespace ktrace::output
