// Text as strace writes it: `name(arguments) = result`, one line for each call, with `<unfinished ...>` and
// `<... name resumed>` where another tracee's line comes between.
//
// What is appended goes either straight into the buffer of the tracee's file, or, if calls are staged, into the call
// itself until it is known whether the call is wanted. The nesting of values lives in the call too
// (CallState::as_text), because a structure may be open while the call is suspended.
#pragma once

#include <string>
#include <unordered_map>

#include "ktrace/sink.h"
#include "output/destination.h"
#include "output/line_head.h"
#include "output/stack_text.h"
#include "output/text_options.h"

namespace ktrace::output {

class TextSink final : public Sink {
 public:
  TextSink(Destination& destination, const TextOptions& options);

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

  // Values: text_values.cpp.
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
  // The line that is being written into a file, if any.
  struct Line {
    Tid owner;           // 0: the last line is complete
    uint64_t start = 0;  // Writer::position() where it began, and what was written since that takes no room
  };

  // What a level of nesting is and what was shown in it: Rendering::Level::what.
  enum Level : uint8_t {
    shape_mask = 7,   // a Shape, or `arguments`
    arguments = 7,    // of the call
    occupied = 8,     // has an element
    after_word = 16,  // the element before was a word()
    negated = 32,     // a set that was begun with "~"
  };

  Line& line(Tid tid);
  void open_line(const Subject& who, const LineHead::Place& place, Moment when);
  void leave_line();
  void interrupt_line();
  void close_line();
  void rename_line(Tid before, Tid after);
  void event(const Subject& who, Moment when, std::string_view text);
  void head_of_call(const Subject& who, CallState& call, Moment when, bool resumed);
  void continue_call(const Subject& who, CallState& call, Moment when);
  void finish_call(CallState& call);
  void append_marks(const CallState::Tampered& tampered);
  void end_line(CallState& call);
  void end_entry(Tid tid);
  void pad_to_result(CallState& call);
  void append_result(const ResultValue& value);

  void open_level(uint8_t level);
  // Values nest deeper than there is room for only in data that was made to: all that lies below shares the last level.
  [[nodiscard]] uint8_t& level() { return at_->levels.back().what; }
  void separate();
  void before_value();
  void end_aux();
  void append_number(uint64_t value, unsigned width, bool is_signed, Base base);
  void append_symbols(const Symbols& value);
  void append_names(const Symbols& value);
  void append_expression(std::string_view text);
  bool append_call(std::string_view text);
  void append_label();
  [[nodiscard]] bool is_plain(std::string_view name) const;
  void append_rest(const Symbols& value, bool plain);

  // Colours (text_colors.cpp). All of them write plain text if there are none.
  using Color = std::string Palette::*;
  [[nodiscard]] bool colored() const { return options_.colors.has_value() && !plain_; }
  void paint(std::string_view sequence);
  void color_off();
  void append_colored(Color color, std::string_view text);  // then the colour of values again
  void append_punct(std::string_view text) { append_colored(&Palette::punct, text); }
  void append_constant(std::string_view text) { append_colored(&Palette::constant, text); }
  void append_in(Color color, std::string_view text);  // then no colour
  void append_comment(std::string_view text);
  void append_brackets(std::string_view target);
  void append_fields(std::string_view text);

  Destination* destination_;
  TextOptions options_;
  LineHead head_;
  std::unordered_map<Tid, Line> lines_;  // of each file if there are several, else one under Tid{0}
  Line shared_line_;
  int tracees_ = 0;

  // The place where text goes now.
  std::string* out_ = nullptr;
  Writer* writer_ = nullptr;            // whose buffer `out_` is; nullptr: a staged call
  Line* line_ = nullptr;                // of that writer
  CallState::Rendering* at_ = nullptr;  // the nesting of values
  CallState::Rendering own_;            // of values that belong to no call: siginfo
  std::string label_;                   // of the next value
  // -k: the stack of what is being shown, and those of calls that never return, which stand after the end of their
  // tracee.
  RenderedStacks stack_texts_{append_stack_text};
  ShownStacks shown_stacks_;
  std::string stack_text_;
  std::unordered_map<Tid, std::string> last_stacks_;
  bool glued_ = false;       // the next value follows without a separator
  bool line_ended_ = false;  // that of the call that ends, and something follows below
  bool plain_ = false;       // colours pause: what adds to a result has one colour
  bool ioctl_ = false;       // the call at hand is one
  bool timed_ = false;       // the call that ends has a duration worth showing
};

}  // namespace ktrace::output
