// A sink that keeps nothing and allocates nothing: what is left is the cost of decoding.
#pragma once

#include "ktrace/sink.h"

namespace ktrace::fakes {

class SilentSink final : public Sink {
 public:
  using ValueSink::expression;
  unsigned events = 0;

  void argument(std::string_view) override { ++events; }
  void field(std::string_view) override { ++events; }
  void begin(Shape, std::string_view) override { ++events; }
  void end() override { ++events; }
  void number(const Number&) override { ++events; }
  void symbols(const Symbols&) override { ++events; }
  void string(const Bytes&) override { ++events; }
  void address(Address) override { ++events; }
  void fd(const FdValue&) override { ++events; }
  void pid(const PidValue&) override { ++events; }
  void expression(const Expression&) override { ++events; }
  void word(std::string_view) override { ++events; }
  void comment(std::string_view) override { ++events; }
  void changed() override { ++events; }
  void joined(char) override { ++events; }
  void elided() override { ++events; }
  void unreadable(Address) override { ++events; }

  void call_begin(const Subject&, CallState&) override {}
  void call_suspend(CallState&) override {}
  void call_resume(const Subject&, CallState&) override {}
  void result(CallState&, const ResultValue&) override { ++events; }
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
};

}  // namespace ktrace::fakes
