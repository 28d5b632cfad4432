// The status of wait4(2) in the terms of the macros that take it apart: {WIFEXITED(s) && WEXITSTATUS(s) == 1}. What the
// macros do not name follows: a ptrace event in the high half (ptrace(2)), then bits that nothing explains.
#include <fmt/format.h>

#include <iterator>

#include "base/signals.h"
#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

using Text = fmt::basic_memory_buffer<char, 160>;

void append_signal(Text& text, unsigned number) {
  const std::string_view name = base::signal_name(static_cast<int>(number));
  if (name.empty()) {
    fmt::format_to(std::back_inserter(text), "{}", number);
  } else {
    text.append(name);
  }
}

void append_event(Text& text, unsigned event) {
  static constexpr std::string_view names[] = {"", "FORK", "VFORK", "CLONE", "EXEC", "VFORK_DONE", "EXIT", "SECCOMP"};
  constexpr unsigned stop = 128;
  const std::string_view name = event == stop ? "STOP" : event < std::size(names) ? names[event] : std::string_view{};
  if (name.empty()) {
    fmt::format_to(std::back_inserter(text), "|{:#x} /* PTRACE_EVENT_??? */<<16", event);
  } else {
    fmt::format_to(std::back_inserter(text), "|PTRACE_EVENT_{}<<16", name);
  }
}

// Appends what the low half says; returns which of its bits that covers, or 0 if it says nothing.
unsigned append_low(Text& text, unsigned status) {
  const auto out = std::back_inserter(text);
  const unsigned high_byte = status >> 8 & 0xff;
  const unsigned low = status & 0x7f;
  if ((status & 0xff) == 0x7f) {
    fmt::format_to(out, "{{WIFSTOPPED(s) && WSTOPSIG(s) == ");
    append_signal(text, high_byte & 0x7f);
    fmt::format_to(out, "{}}}", high_byte & 0x80 ? " | 0x80" : "");
    return 0xffff;
  }
  if (low == 0) {
    fmt::format_to(out, "{{WIFEXITED(s) && WEXITSTATUS(s) == {}}}", high_byte);
    return 0xff7f;
  }
  if (low != 0x7f) {
    fmt::format_to(out, "{{WIFSIGNALED(s) && WTERMSIG(s) == ");
    append_signal(text, low);
    fmt::format_to(out, "{}}}", status & 0x80 ? " && WCOREDUMP(s)" : "");
    return 0xff;
  }
  if (status == 0xffff) {
    fmt::format_to(out, "{{WIFCONTINUED(s)}}");
    return 0xffff;
  }
  return 0;
}

}  // namespace

void wait_status(ViewContext& context, const ViewValue& value) {
  const auto status = static_cast<unsigned>(value.number);
  Text text;
  const unsigned said = append_low(text, status);
  if (said == 0) return show_hex(context.sink, status, 4);
  if (const unsigned event = status >> 16; event != 0) append_event(text, event);
  if (const unsigned rest = status & 0xffff & ~said; rest != 0) {
    fmt::format_to(std::back_inserter(text), "|{:#x}", rest);
  }
  context.sink.expression(status, {text.data(), text.size()});
}

}  // namespace ktrace::decode::views
