// See json_text.h.
#include "output/json_text.h"

#include "base/append.h"
#include "base/quote.h"

namespace ktrace::output::json {
namespace {

constexpr uint64_t exact_limit = (uint64_t{1} << 53) - 1;
constexpr char digits[] = "0123456789abcdef";

constexpr uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

void append_unicode_escape(std::string& out, uint8_t code) {
  const char text[] = {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
  out.append(text, sizeof text);
}

// One character that cannot stand for itself.
void append_escape(std::string& out, uint8_t c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\t': out.append("\\t"); return;
    case '\r': out.append("\\r"); return;
    default: append_unicode_escape(out, c); return;
  }
}

bool needs_escape(uint8_t c) {
  return c < 0x20 || c == 0x7f || c == '"' || c == '\\';
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = base::utf8_length(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void append_string(std::string& out, std::string_view utf8) {
  out.push_back('"');
  std::size_t run = 0;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const uint8_t c = byte(utf8, i);
    const bool c1_control = c == 0xc2 && i + 1 < utf8.size() && byte(utf8, i + 1) < 0xa0;
    if (!needs_escape(c) && !c1_control) continue;
    out.append(utf8, run, i - run);
    if (c1_control)
      append_unicode_escape(out, byte(utf8, ++i));
    else
      append_escape(out, c);
    run = i + 1;
  }
  out.append(utf8, run);
  out.push_back('"');
}

void append_text(std::string& out, std::string_view text) {
  if (is_utf8(text)) return append_string(out, text);
  std::string valid;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = base::utf8_length(text, i);
    if (length)
      valid.append(text, i, length);
    else
      valid.append("\xef\xbf\xbd");
    i += length ? length : 1;
  }
  append_string(out, valid);
}

void append_unsigned(std::string& out, uint64_t value) {
  const bool exact = value <= exact_limit;
  if (!exact) out.push_back('"');
  base::append_decimal(out, value);
  if (!exact) out.push_back('"');
}

void append_signed(std::string& out, int64_t value) {
  if (value >= 0) return append_unsigned(out, static_cast<uint64_t>(value));
  const bool exact = value >= -static_cast<int64_t>(exact_limit);
  if (!exact) out.push_back('"');
  base::append_decimal(out, value);
  if (!exact) out.push_back('"');
}

void append_address(std::string& out, uint64_t value) {
  if (value == 0) {
    out.append("null");
    return;
  }
  out.push_back('"');
  base::append_hex(out, value);
  out.push_back('"');
}

void append_seconds(std::string& out, Nanoseconds time) {
  auto count = static_cast<uint64_t>(time.count());
  if (time.count() < 0) {
    out.push_back('-');
    count = 0 - count;
  }
  base::append_decimal(out, count / 1'000'000'000);
  out.push_back('.');
  base::append_padded(out, count % 1'000'000'000, 9, '0');
}

void append_own_pid(std::string& out, int64_t own) {
  if (own == 0) return;
  out.append(R"(,"own":)");
  append_signed(out, own);
}

void append_hex_digits(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out.push_back(digits[byte(bytes, i) >> 4]);
    out.push_back(digits[byte(bytes, i) & 15]);
  }
}

}  // namespace ktrace::output::json
