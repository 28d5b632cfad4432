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

enum class Style : uint8_t { names, raw, both };  // of ptrace events, which follow -X though nothing else here does

void append_event(Text& text, unsigned event, Style style) {
  static constexpr std::string_view names[] = {"", "FORK", "VFORK", "CLONE", "EXEC", "VFORK_DONE", "EXIT", "SECCOMP"};
  constexpr unsigned stop = 128;
  const std::string_view known = event == stop ? "STOP" : event < std::size(names) ? names[event] : std::string_view{};
  const auto out = std::back_inserter(text);
  if (style == Style::raw) {
    fmt::format_to(out, "|{:#x}<<16", event);
  } else if (known.empty() || style == Style::both) {
    fmt::format_to(out, "|{:#x} /* PTRACE_EVENT_{} */<<16", event, known.empty() ? "???" : known);
  } else {
    fmt::format_to(out, "|PTRACE_EVENT_{}<<16", known);
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

// All of it; nothing if there is nothing to say in words.
Text words(unsigned status, Style style) {
  Text text;
  const unsigned said = append_low(text, status);
  if (said == 0) return Text();
  if (const unsigned event = status >> 16; event != 0) append_event(text, event, style);
  if (const unsigned rest = status & 0xffff & ~said; rest != 0) {
    fmt::format_to(std::back_inserter(text), "|{:#x}", rest);
  }
  return text;
}

std::string_view view(const Text& text) {
  return {text.data(), text.size()};
}

}  // namespace

void wait_status(ViewContext& context, const ViewValue& value) {
  const auto status = static_cast<unsigned>(value.number);
  const Text names = words(status, Style::names);
  if (names.size() == 0) return show_hex(context.sink, status, 4);
  if (status >> 16 == 0) return context.sink.expression(status, view(names));
  const Text raw = words(status, Style::raw);
  const Text both = words(status, Style::both);
  context.sink.expression(
      {.raw = status, .text = view(names), .fixed = true, .raw_text = view(raw), .verbose = view(both)});
}

}  // namespace ktrace::decode::views
