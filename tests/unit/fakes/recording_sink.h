// A sink that keeps what it was sent as a readable text: for tests that look at events rather than at strace's text.
#pragma once

#include <string>

#include "ktrace/sink.h"

namespace ktrace::fakes {

class RecordingSink : public Sink {
 public:
  using ValueSink::expression;
  std::string text;
  int depth = 0;  // of begin() without end()

  void argument(std::string_view name) override { add(std::string(name) + ":"); }
  void field(std::string_view name) override { add(std::string(name) + "="); }
  void begin(Shape shape, std::string_view name) override {
    constexpr const char* shapes[] = {"{", "[", "set[", "call(", "flow(", "aux("};
    add(std::string(name) + shapes[static_cast<unsigned>(shape)]);
    ++depth;
  }
  void end() override {
    add("end");
    --depth;
  }
  void number(const Number& v) override { add(std::to_string(v.value)); }
  void symbols(const Symbols& v) override {
    std::string all = "<";
    for (const auto name : v.names) all += std::string(name) + "|";
    add(all + std::to_string(v.rest) + ">");
  }
  void string(const Bytes& v) override { add('"' + std::string(v.bytes) + '"' + (v.cut ? "..." : "")); }
  void address(Address v) override { add("@" + std::to_string(v.value)); }
  void fd(const FdValue& v) override { add("fd " + std::to_string(v.value)); }
  void pid(const PidValue& v) override { add("pid " + std::to_string(v.value)); }
  void expression(const Expression& v) override { add(std::string(v.text)); }
  void word(std::string_view v) override { add(std::string(v)); }
  void comment(std::string_view v) override { add("/* " + std::string(v) + " */"); }
  void changed() override { add("=>"); }
  void joined(char by) override { add(std::string(1, by)); }
  void elided() override { add("..."); }
  void unreadable(Address v) override { add("...@" + std::to_string(v.value)); }

  void call_begin(const Subject&, CallState&) override {}
  void call_suspend(CallState&) override {}
  void call_resume(const Subject&, CallState&) override {}
  void result(CallState&, const ResultValue& v) override { add("= " + std::to_string(v.value)); }
  void call_end(const Subject&, CallState&) override {}
  void call_lost(const Subject&, CallState&, Loss) override {}
  void call_discard(CallState&) override {}
  void signal_begin(const Subject&, int, Moment) override {}
  void signal_end() override {}
  void stopped(const Subject&, int, Moment) override {}
  void exited(const Subject&, int, Moment) override {}
  void killed(const Subject&, int, bool, Moment) override {}
  void superseded(const Subject&, Tid, Moment) override {}
  void abi_changed(const Subject&, Abi, Moment) override {}
  void pid_changed(const Subject&, Tid, Moment) override {}
  void tracee_added(const Subject&, Tid, Moment) override {}
  void tracee_removed(const Subject&, Moment) override {}
  void flush() override {}
  std::optional<Nanoseconds> on_idle(Nanoseconds) override { return std::nullopt; }
  [[nodiscard]] bool broken() const override { return false; }
  void finish() override {}

 private:
  void add(const std::string& what) {
    if (!text.empty()) text += ' ';
    text += what;
  }
};

}  // namespace ktrace::fakes
