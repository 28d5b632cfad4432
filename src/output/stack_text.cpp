#include "output/stack_text.h"

#include "base/append.h"
#include "base/quote.h"
#include "output/json_text.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

namespace ktrace::output {
namespace {

constexpr std::size_t most_bytes = std::size_t{32} << 20;

// The kernel writes a newline in a path as \012 in /proc/PID/maps, and strace what stands there. Other control
// characters are written alike, also in the names of functions and source files.
void append_frame(std::string& out, const Frame& frame, bool at_entry) {
  out.append(" > ");
  if (!frame.mapped) {
    out.append("unexpected_backtracing_error [");
    base::append_hex(out, frame.ip.value);
    out.append("]\n");
    return;
  }
  base::append_harmless(out, frame.module);
  if (frame.deleted) out.append(" (deleted)");
  out.push_back('(');
  // The numbers in one piece: there are dozens of frames in a stack.
  char numbers[2 * 16 + 16];
  char* end = numbers;
  const auto put = [&](std::string_view before, uint64_t value) {
    end = std::copy(before.begin(), before.end(), end);
    end = std::to_chars(end, std::end(numbers), value, 16).ptr;
  };
  if (!frame.symbol.empty() || at_entry) {
    base::append_harmless(out, frame.symbol);
    put("+0x", frame.symbol_offset);
  }
  put(") [0x", frame.module_address);
  *end++ = ']';
  out.append(numbers, static_cast<std::size_t>(end - numbers));
  if (!frame.file.empty()) {
    out.push_back(' ');
    base::append_harmless(out, frame.file);
    out.push_back(':');
    base::append_decimal(out, frame.line);
  }
  out.push_back('\n');
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out.append(",\"").append(key).append("\":");
  json::append_text(out, text);
}

}  // namespace

void append_stack_text(std::string& out, const Stack& stack) {
  for (const Frame* frame : stack.frames) append_frame(out, *frame, stack.at_entry);
  if (stack.end == Stack::End::limit) out.append(" > too many stack frames\n");
}

void append_stack_json(std::string& out, const Stack& stack) {
  out.push_back('[');
  for (std::size_t i = 0; i < stack.frames.size(); ++i) {
    const Frame& frame = *stack.frames[i];
    if (i != 0) out.push_back(',');
    out.append(R"({"ip":)");
    json::append_address(out, frame.ip.value);
    if (frame.mapped) {
      append_member(out, "module", frame.module);
      if (frame.deleted) out.append(R"(,"deleted":true)");
      append_member(out, "build_id", frame.build_id);
      out.append(R"(,"address":)");
      if (frame.module_address == 0)
        out.append(R"("0x0")");
      else
        json::append_address(out, frame.module_address);
      if (!frame.symbol.empty()) {
        append_member(out, "symbol", frame.symbol);
        out.append(R"(,"offset":)");
        json::append_unsigned(out, frame.symbol_offset);
      }
      if (!frame.file.empty()) {
        append_member(out, "file", frame.file);
        out.append(R"(,"line":)");
        base::append_decimal(out, frame.line);
      }
    }
    out.push_back('}');
  }
  out.push_back(']');
}

const std::string& RenderedStacks::of(const Stack& stack) {
  if (bytes_ >= most_bytes) {
    texts_.clear();
    bytes_ = 0;
  }
  const auto [at, is_new] = texts_.try_emplace(stack.id << 1 | (stack.at_entry ? 1U : 0U));
  if (is_new) {
    render_(at->second, stack);
    bytes_ += at->second.capacity();
  }
  return at->second;
}

}  // namespace ktrace::output
