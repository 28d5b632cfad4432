// Hands every event to several sinks: -C is text and a summary.
#pragma once

#include <utility>
#include <vector>

#include "ktrace/sink.h"

namespace ktrace::output {

class TeeSink final : public Sink {
 public:
  // In this order they get each event; none is owned.
  explicit TeeSink(std::vector<Sink*> sinks) : sinks_(std::move(sinks)) {}

  void call_begin(const Subject& who, CallState& call) override;
  void call_suspend(CallState& call) override;
  void call_resume(const Subject& who, CallState& call) override;
  void result(CallState& call, const ResultValue& value) override;
  void dump(const Subject& who, CallState& call, const Dump& piece) override;
  void stack(const Subject& who, const Stack& stack) override;
  void vcpu_begin(CallState& call, int number, VcpuState when) override;
  void vcpu_end(CallState& call) override;
  void file(const CallState& call, const FileUse& use) override;
  void call_end(const Subject& who, CallState& call) override;
  void call_lost(const Subject& who, CallState& call, Loss why) override;
  void call_discard(CallState& call) override;

  void signal_begin(const Subject& who, int signal, Moment when) override;
  void signal_end() override;
  void stopped(const Subject& who, int signal, Moment when) override;
  void exited(const Subject& who, int status, Moment when) override;
  void killed(const Subject& who, int signal, bool core, Moment when) override;
  void superseded(const Subject& who, Tid by, Moment when) override;
  void abi_changed(const Subject& who, Abi abi, Moment when) override;
  void pid_changed(const Subject& who, Tid before, Moment when) override;
  void tracee_added(const Subject& who, Tid parent, Moment when) override;
  void executed(const Subject& who) override;
  void ending(const Subject& who) override;
  void tracee_removed(const Subject& who, Moment when) override;

  void flush() override;
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override;
  [[nodiscard]] bool broken() const override;
  void finish() override;

  using ValueSink::expression;
  void argument(std::string_view name) override;
  void field(std::string_view name) override;
  void begin(Shape shape, std::string_view name) override;
  void end() override;
  void number(const Number& value) override;
  void symbols(const Symbols& value) override;
  void string(const Bytes& value) override;
  void address(Address value) override;
  void fd(const FdValue& value) override;
  void pid(const PidValue& value) override;
  void expression(const Expression& value) override;
  void word(std::string_view text) override;
  void comment(std::string_view text) override;
  void note(std::string_view text) override;
  void changed() override;
  void joined(char by) override;
  void elided() override;
  void unreadable(Address from) override;

 private:
  template <class Function, class... Arguments>
  void all(Function function, Arguments&&... arguments) {
    for (Sink* sink : sinks_) (sink->*function)(arguments...);
  }

  std::vector<Sink*> sinks_;
};

}  // namespace ktrace::output
