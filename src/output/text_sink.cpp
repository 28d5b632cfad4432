// See text_sink.h. This file makes lines; text_values.cpp makes what stands in them.
#include "output/text_sink.h"

#include <utility>

#include "base/append.h"
#include "base/errors.h"
#include "base/signals.h"
#include "output/hex_dump.h"
#include "output/target.h"

namespace ktrace::output {

TextSink::TextSink(Destination& destination, const TextOptions& options)
    : destination_(&destination), options_(options), head_(options_) {
  if (!destination.separate()) destination.on_interruption([this] { interrupt_line(); });
}

// --- lines ---

TextSink::Line& TextSink::line(Tid tid) {
  return destination_->separate() ? lines_[tid] : shared_line_;
}

// Makes the buffer of the tracee's file the place where text goes, at the start of a line.
void TextSink::open_line(const Subject& who, const LineHead::Place& place, Moment when) {
  writer_ = &destination_->writer(who.tid);
  out_ = &writer_->buffer();
  line_ = &line(who.tid);
  leave_line();
  line_->owner = who.tid;
  line_->start = writer_->position();
  const std::size_t before = out_->size();
  head_.append(*out_, who, place, when, tracees_ > 1);
  if (options_.colors) line_->start += invisible(std::string_view{*out_}.substr(before));
}

// The line at hand, if it is open, will be taken up on another.
void TextSink::leave_line() {
  if (line_->owner.value == 0) return;
  out_->append(" <unfinished ...>");
  color_off();
  out_->push_back('\n');
  line_->owner = {};
}

// Tables are about to be written between the lines.
void TextSink::interrupt_line() {
  if (options_.staged || shared_line_.owner.value == 0) return;
  writer_ = &destination_->writer({});
  out_ = &writer_->buffer();
  line_ = &shared_line_;
  leave_line();
}

void TextSink::close_line() {
  color_off();
  out_->push_back('\n');
  line_->owner = {};
  destination_->line_ended(*writer_);
}

void TextSink::event(const Subject& who, Moment when, std::string_view text) {
  open_line(who, {who.abi, who.number, who.ip}, when);
  out_->append(text);
}

// --- calls ---

void TextSink::head_of_call(const Subject& who, CallState& call, Moment when, bool resumed) {
  const LineHead::Place place{call.abi, call.number, call.ip};
  if (options_.staged) {
    out_->clear();
    head_.append(*out_, who, place, when, tracees_ > 1);
    at_->mark = static_cast<uint32_t>(who.tid.value);
  } else {
    open_line(who, place, when);
  }
  if (resumed) {
    out_->append("<... ").append(call.name).append(" resumed>");
    return;
  }
  if (colored()) paint(options_.colors->syscall);
  out_->append(call.name);
  append_punct("(");
}

void TextSink::call_begin(const Subject& who, CallState& call) {
  at_ = &call.as_text;
  ioctl_ = call.name == "ioctl";
  at_->levels.clear();
  open_level(arguments);
  if (options_.staged) {
    out_ = &at_->text;
    writer_ = nullptr;
  }
  head_of_call(who, call, {call.entered, call.entered_wall}, false);
}

void TextSink::call_suspend(CallState& call) {
  color_off();
  if (!options_.staged) destination_->line_done(*writer_);
  static_cast<void>(call);
}

// Puts the text of this call back to where it left off: on its own line, if that is still open, else on a new one.
void TextSink::continue_call(const Subject& who, CallState& call, Moment when) {
  at_ = &call.as_text;
  ioctl_ = call.name == "ioctl";
  glued_ = false;
  bool resumed = false;
  if (options_.staged) {
    out_ = &at_->text;
    writer_ = nullptr;
    // An execve that gave the thread another id: what was staged under the old one is gone, as in strace.
    resumed = at_->mark != static_cast<uint32_t>(who.tid.value);
  } else {
    writer_ = &destination_->writer(who.tid);
    out_ = &writer_->buffer();
    line_ = &line(who.tid);
    resumed = line_->owner != who.tid;
  }
  if (resumed) head_of_call(who, call, when, true);
}

void TextSink::call_resume(const Subject& who, CallState& call) {
  continue_call(who, call, {call.left, call.left_wall});
}

// `)`, then blanks up to the column of results, at least one.
void TextSink::pad_to_result(CallState& call) {
  static_cast<void>(call);
  append_in(&Palette::punct, ")");
  const std::size_t hidden = options_.colors && !writer_ ? invisible(*out_) : 0;
  const std::size_t column = writer_ ? writer_->position() - line_->start : out_->size() - hidden;
  out_->append(column < options_.column ? options_.column - column : 1, ' ');
  at_->levels.clear();
}

void TextSink::result(CallState& call, const ResultValue& value) {
  using Kind = ResultValue::Kind;
  pad_to_result(call);
  append_in(&Palette::punct, "=");
  color_off();
  out_->push_back(' ');
  if (colored() && value.kind != Kind::error) paint(options_.colors->retval);
  append_result(value);
  if (value.kind != Kind::error) color_off();
}

void TextSink::append_result(const ResultValue& value) {
  using Kind = ResultValue::Kind;
  timed_ = value.kind != Kind::never && value.kind != Kind::unavailable;
  switch (value.kind) {
    case Kind::number:
      append_number(static_cast<uint64_t>(value.value), value.width, !value.is_unsigned, value.base);
      return;
    case Kind::fd:
    case Kind::pid:
      base::append_decimal(*out_, value.value);
      append_brackets(value.target);
      append_own_pid(*out_, value.own_pid);
      return;
    case Kind::address: append_number(static_cast<uint64_t>(value.value), value.width, false, Base::hex); return;
    case Kind::never: out_->append("?"); return;
    case Kind::unavailable: out_->append("? <unavailable>"); return;
    case Kind::error: break;
  }
  const int number = static_cast<int>(-value.value);
  const bool restart = base::is_restart(number);
  const bool raw = value.base == Base::hex;
  if (colored()) paint(options_.colors->retval);
  if (restart && !raw) {
    out_->push_back('?');
  } else if (value.zero_extended) {
    base::append_decimal(*out_, static_cast<uint32_t>(value.value));
  } else {
    out_->append("-1");
  }
  color_off();
  if (const base::ErrorName error = base::error_name(number); error.name.empty()) {
    out_->append(" (errno ");
    base::append_decimal(*out_, number);
    out_->push_back(')');
  } else if (restart && raw) {  // as the C library has no message for it
    out_->append(" ").append(error.name).append(" (Unknown error ");
    base::append_decimal(*out_, number);
    out_->push_back(')');
  } else {
    out_->push_back(' ');
    append_in(&Palette::error, error.name);
    out_->push_back(' ');
    if (colored()) paint(options_.colors->error);
    out_->append("(").append(error.message).append(")");
    color_off();
  }
}

// The line is complete. A staged one comes out now.
void TextSink::finish_call(CallState& call) {
  if (options_.staged) {
    const std::string& text = call.as_text.text;
    const Tid tid{static_cast<int>(call.as_text.mark)};
    writer_ = &destination_->writer(tid);
    line_ = &line(tid);
    out_ = &writer_->buffer();
    leave_line();
    out_->append(text);
  }
  close_line();
}

void TextSink::append_marks(const CallState::Tampered& tampered) {
  if (tampered.arguments) {
    out_->append(tampered.result ? " (INJECTED: args, retval)" : " (INJECTED: args)");
  } else if (tampered.result) {
    out_->append(" (INJECTED)");
  }
  if (tampered.delayed) out_->append(" (DELAYED)");
}

void TextSink::end_line(CallState& call) {
  append_marks(call.tampered);
  if (options_.duration && timed_) {
    const int64_t passed = (call.left - call.entered).count();
    out_->push_back(' ');
    if (colored()) paint(options_.colors->retval);
    append_punct("<");
    base::append_decimal(*out_, passed / 1'000'000'000);
    append_fraction(*out_, passed, *options_.duration);
    append_punct(">");
    color_off();
  }
  finish_call(call);
}

void TextSink::call_end(const Subject& who, CallState& call) {
  if (!std::exchange(line_ended_, false)) end_line(call);
  end_entry(who.tid);
}

// Whatever stands below the line that was closed last.
void TextSink::end_entry(Tid tid) {
  if (stack_text_.empty()) {
    if (last_stacks_.empty()) return;
    const auto last = last_stacks_.find(tid);
    if (last == last_stacks_.end()) return;
    stack_text_ = std::move(last->second);
    last_stacks_.erase(last);
  }
  out_->append(stack_text_);
  stack_text_.clear();
  destination_->line_ended(*writer_);
}

void TextSink::stack(const Subject& who, const Stack& stack) {
  stack_text_.clear();
  if (!options_.stacks) return;
  if (options_.stack_ids) {
    const bool in_full = shown_stacks_.add(destination_->separate() ? who.tid.value : 0, stack.id);
    stack_text_.append(" > stack ");
    base::append_decimal(stack_text_, stack.id);
    stack_text_.append(in_full ? ":\n" : "\n");
    if (!in_full) return;
  }
  stack_text_.append(stack_texts_.of(stack));
}

// What the call moved, and the virtual CPU that it ran, stands below its line; the latter below its stack.
void TextSink::vcpu_begin(CallState& call, int number, VcpuState when) {
  if (!std::exchange(line_ended_, true)) {
    end_line(call);
    end_entry(call.tid);
  }
  out_->append(" VCPU:");
  base::append_decimal(*out_, number);
  out_->append(when == VcpuState::entry ? "< " : "> ");
}

void TextSink::vcpu_end(CallState& call) {
  static_cast<void>(call);
  close_line();
}

void TextSink::dump(const Subject& who, CallState& call, const Dump& piece) {
  static_cast<void>(who);
  if (!std::exchange(line_ended_, true)) end_line(call);
  append_dump(*out_, piece);
  destination_->line_ended(*writer_);
}

void TextSink::call_lost(const Subject& who, CallState& call, Loss why) {
  if (!stack_text_.empty()) {
    last_stacks_[who.tid] = stack_text_;
    stack_text_.clear();
  }
  if (why == Loss::detached) {
    at_ = &call.as_text;
    out_ = &at_->text;
    if (!options_.staged) {
      writer_ = &destination_->writer(who.tid);
      out_ = &writer_->buffer();
      line_ = &line(who.tid);
      if (line_->owner != who.tid) return;  // interrupted: it has its `<unfinished ...>`
    }
    out_->append(" <detached ...>");
    return finish_call(call);
  }
  continue_call(who, call, {call.left, call.left_wall});
  if (call.arguments_pending) out_->append(" <unfinished ...>");
  pad_to_result(call);
  append_in(&Palette::punct, "=");
  color_off();
  out_->push_back(' ');
  append_in(&Palette::retval, "?");
  finish_call(call);
}

void TextSink::call_discard(CallState& call) {
  call.as_text.text.clear();
}

// --- other events ---

void TextSink::signal_begin(const Subject& who, int signal, Moment when) {
  event(who, when, "--- ");
  out_->append(base::signal_name(signal));
  at_ = &own_;
  at_->levels.clear();
  // What follows stands after a blank.
  open_level(static_cast<uint8_t>(Shape::set));
  level() |= occupied;
}

void TextSink::signal_end() {
  out_->append(" ---");
  const Tid tid = line_->owner;
  close_line();
  end_entry(tid);
}

void TextSink::stopped(const Subject& who, int signal, Moment when) {
  event(who, when, "--- stopped by ");
  out_->append(base::signal_name(signal)).append(" ---");
  close_line();
  end_entry(who.tid);
}

void TextSink::exited(const Subject& who, int status, Moment when) {
  event(who, when, "+++ exited with ");
  base::append_decimal(*out_, status);
  out_->append(" +++");
  close_line();
  end_entry(who.tid);
}

void TextSink::killed(const Subject& who, int signal, bool core, Moment when) {
  event(who, when, "+++ killed by ");
  out_->append(base::signal_name(signal)).append(core ? " (core dumped) +++" : " +++");
  close_line();
  end_entry(who.tid);
}

// Two tracees become one: the other's line goes on under this id, and the prefix counts them once.
void TextSink::superseded(const Subject& who, Tid by, Moment when) {
  rename_line(by, who.tid);
  --tracees_;
  event(who, when, "+++ superseded by execve in pid ");
  ++tracees_;  // tracee_removed follows
  base::append_decimal(*out_, by.value);
  out_->append(" +++");
  close_line();
}

void TextSink::abi_changed(const Subject& who, Abi abi, Moment when) {
  event(who, when, "[ Process PID=");
  base::append_decimal(*out_, who.tid.value);
  out_->append(is_32_bit(abi) ? " runs in 32 bit mode. ]" : " runs in 64 bit mode. ]");
  close_line();
}

// The line of a thread's execve, if it is still open, will be taken up under the new id.
void TextSink::rename_line(Tid before, Tid after) {
  Line& old = line(before);
  if (old.owner != before) return;
  writer_ = &destination_->writer(before);
  out_ = &writer_->buffer();
  line_ = &old;
  out_->append(" <pid changed to ");
  base::append_decimal(*out_, after.value);
  out_->append(" ...>");
  close_line();
}

void TextSink::pid_changed(const Subject& who, Tid before, Moment when) {
  static_cast<void>(when);
  rename_line(before, who.tid);
  lines_.erase(before);
  destination_->remove(before);
}

void TextSink::tracee_added(const Subject& who, Tid parent, Moment when) {
  static_cast<void>(parent);
  static_cast<void>(when);
  ++tracees_;
  destination_->add(who.tid);
}

void TextSink::tracee_removed(const Subject& who, Moment when) {
  static_cast<void>(when);
  if (!stack_text_.empty() || last_stacks_.contains(who.tid)) {
    // Its end was not shown: nobody else's line may be open before its stack.
    writer_ = &destination_->writer(who.tid);
    out_ = &writer_->buffer();
    line_ = &line(who.tid);
    if (line_->owner.value != 0) {
      out_->append(" <unfinished ...>");
      close_line();
    }
    end_entry(who.tid);
  }
  --tracees_;
  lines_.erase(who.tid);
  if (options_.stack_ids) shown_stacks_.forget(who.tid.value);
  destination_->remove(who.tid);
}

void TextSink::flush() {
  destination_->flush();
}

std::optional<Nanoseconds> TextSink::on_idle(Nanoseconds now) {
  return destination_->on_idle(now);
}

bool TextSink::broken() const {
  return destination_->broken();
}

void TextSink::finish() {
  destination_->flush();
}

}  // namespace ktrace::output
