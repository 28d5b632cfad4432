// --json: one JSON object on each line, for every call, signal, end and process event; the first line says what the
// file is. The schema is ktrace-json(5), tests/json/ktrace.schema.json checks it.
//
// An object is made in memory (a call's in CallState::as_json) and comes out whole, so lines never interleave. Values
// are appended as they come; where a later event shows that a value was only part of something (`changed`, `joined`,
// `comment`), what it is wrapped in is inserted before it.
#pragma once

#include <string>
#include <vector>

#include "ktrace/sink.h"
#include "output/destination.h"
#include "output/stack_text.h"

namespace ktrace::output {

struct JsonOptions {
  std::string version;               // of ktrace
  std::vector<std::string> command;  // of the program that is started; empty: none
  std::vector<Tid> attached;         // -p
  bool stacks = true;                // false: they are told for others, not for being shown
  bool stack_ids = false;            // --stack-ids
  std::string every_call_because{};  // why every call stops, not only those that are traced; empty: it is not so
};

class JsonSink final : public Sink {
 public:
  static constexpr int schema = 1;

  JsonSink(Destination& destination, JsonOptions options);

  void call_begin(const Subject& who, CallState& call) override;
  void call_suspend(CallState& call) override;
  void call_resume(const Subject& who, CallState& call) override;
  void result(CallState& call, const ResultValue& value) override;
  void dump(const Subject& who, CallState& call, const Dump& piece) override;
  void stack(const Subject& who, const Stack& stack) override;
  void vcpu_begin(CallState& call, int number, VcpuState when) override;
  void vcpu_end(CallState& call) override;
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
  void tracee_removed(const Subject& who, Moment when) override;

  void flush() override;
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override;
  [[nodiscard]] bool broken() const override;
  void finish() override;

  // Values: json_values.cpp.
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
  void changed() override;
  void joined(char by) override;
  void elided() override;
  void unreadable(Address from) override;

 private:
  // Rendering::Level::what: how the level is closed, and what its last element is part of.
  enum Level : uint8_t {
    object = 1,      // elements have keys: a structure, the arguments of a call
    bare = 2,        // one value without a key: the siginfo of a signal
    in_wrapper = 4,  // closing takes one more brace: {"call": ...}, {"not": ...}
    in_change = 8,   // the element that comes is the second half of {"entry": ..., "exit": ...}
    in_join = 16,    // the element that comes is one of {"or": [...]}
    was_join = 32,   // the last element is a complete {"or": [...]}
  };

  void begin_event(const Subject& who, std::string_view type, Moment when);
  void end_event();
  void append_who(const Subject& who);
  void append_time(std::string_view key, Nanoseconds monotonic, Nanoseconds wall);
  void append_signal(std::string_view key, int signal);
  void append_header(Writer& writer);
  void emit(Tid tid);

  void end_vcpu();
  void end_dump();
  void append_tampered(const CallState::Tampered& tampered);
  void open_level(uint8_t what);
  // Values outside of any level, which no description sends, would follow as `info`.
  [[nodiscard]] CallState::Rendering::Level& level() {
    if (at_->levels.empty()) open_level(bare);
    return at_->levels.back();
  }
  [[nodiscard]] std::string& out() { return at_->text; }
  void before_value(std::string_view fallback_key = {});
  void after_value();
  void insert(std::size_t at, std::string_view text);
  void append_key(std::string_view key);
  void append_number(uint64_t value, unsigned width, bool is_signed);

  Destination* destination_;
  JsonOptions options_;
  CallState::Rendering own_;  // events that are no calls
  CallState::Rendering* at_ = nullptr;
  Tid event_tid_;
  // Of the call that ends: what its dumps are part of, and how far they are.
  struct {
    bool any = false;    // "data" is open
    bool bytes = false;  // its last "hex" is open
    std::optional<uint64_t> message{}, buffer{};
  } dump_;
  RenderedStacks stack_texts_{append_stack_json};
  ShownStacks shown_stacks_;
  std::string stack_text_;  // of the event that is being made
  bool vcpu_ = false;       // the call that ends ran a virtual CPU, and "vcpu" is open
  std::string label_;
  bool labelled_ = false;
};

}  // namespace ktrace::output
