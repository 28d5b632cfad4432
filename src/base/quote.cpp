// See quote.h.
#include "base/quote.h"

#include <algorithm>
#include <array>

namespace ktrace::base {
namespace {

enum : uint8_t { plain = 0, number = 1 };  // other classes are the letter after the backslash

constexpr std::array<uint8_t, 256> classes = [] {
  std::array<uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = c >= 0x20 && c < 0x7f ? plain : number;
  table['"'] = '"';
  table['\\'] = '\\';
  table['\n'] = 'n';
  table['\t'] = 't';
  table['\v'] = 'v';
  table['\f'] = 'f';
  table['\r'] = 'r';
  return table;
}();

constexpr char digits[] = "0123456789abcdef";

void append_hex(std::string& out, uint8_t c) {
  const char text[] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
  out.append(text, sizeof text);
}

// As C reads it back: three digits if another octal digit follows, else as many as the value needs.
void append_octal(std::string& out, uint8_t c, bool digit_follows) {
  char text[4] = {'\\', static_cast<char>('0' + (c >> 6)), static_cast<char>('0' + (c >> 3 & 7)),
                  static_cast<char>('0' + (c & 7))};
  const std::size_t skip = digit_follows || c >= 0100 ? 0 : c >= 010 ? 1 : 2;
  out.push_back('\\');
  out.append(text + 1 + skip, 3 - skip);
}

// Of one UTF-8 sequence.
uint32_t code_point(std::string_view sequence) {
  uint32_t code = static_cast<uint8_t>(sequence[0]);
  if (sequence.size() == 1) return code;
  code &= 0x7fU >> sequence.size();
  for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<uint8_t>(c) & 0x3fU);
  return code;
}

bool is_harmless(uint32_t code) {
  const auto within = [code](uint32_t first, uint32_t last) { return code >= first && code <= last; };
  const bool control = code < 0x20 || within(0x7f, 0x9f);
  const bool directs = code == 0x061c || within(0x200e, 0x200f) || within(0x2028, 0x202e) || within(0x2066, 0x2069);
  const bool nothing = within(0xfdd0, 0xfdef) || (code & 0xfffe) == 0xfffe || code == 0xfeff;
  return !control && !directs && !nothing;
}

bool is_text(uint8_t c) {
  return (c >= 0x20 && c < 0x7f) || (c >= '\t' && c <= '\r');
}

}  // namespace

bool is_hex_throughout(std::string_view bytes, HexStrings hex) {
  return hex == HexStrings::all ||
         (hex == HexStrings::non_ascii &&
          !std::all_of(bytes.begin(), bytes.end(), [](char c) { return is_text(static_cast<uint8_t>(c)); }));
}

void append_escaped(std::string& out, std::string_view bytes, HexStrings hex, std::string_view also) {
  if (is_hex_throughout(bytes, hex)) {
    for (const char c : bytes) append_hex(out, static_cast<uint8_t>(c));
    return;
  }
  std::size_t run = 0;  // start of the characters that go out as they are
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<uint8_t>(bytes[i]);
    uint8_t kind = classes[c];
    if (kind == plain && !also.empty() && also.find(bytes[i]) != also.npos) kind = number;
    if (kind == plain) continue;
    out.append(bytes, run, i - run);
    run = i + 1;
    if (kind != number) {
      out.push_back('\\');
      out.push_back(static_cast<char>(kind));
    } else if (hex == HexStrings::non_ascii_chars) {
      append_hex(out, c);
    } else {
      append_octal(out, c, i + 1 < bytes.size() && bytes[i + 1] >= '0' && bytes[i + 1] <= '7');
    }
  }
  out.append(bytes, run);
}

std::size_t utf8_length(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t k) { return static_cast<uint8_t>(bytes[at + k]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if ((byte(k) & 0xc0) != 0x80) return 0;
  const uint8_t second = byte(1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return bad ? 0 : length;
}

namespace {

// Most text is.
bool is_all_plain(std::string_view text) {
  bool plain_so_far = true;
  for (const char c : text) plain_so_far &= static_cast<unsigned char>(c - 0x20) < 0x7f - 0x20;
  return plain_so_far;
}

}  // namespace

void append_harmless(std::string& out, std::string_view text) {
  if (is_all_plain(text)) {
    out.append(text);
    return;
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text, i);
    if (length != 0 && is_harmless(code_point(text.substr(i, length)))) {
      out.append(text, i, length);
    } else {
      for (std::size_t k = 0; k < std::max<std::size_t>(length, 1); ++k)
        append_octal(out, static_cast<uint8_t>(text[i + k]), true);
    }
    i += std::max<std::size_t>(length, 1);
  }
}

void append_quoted(std::string& out, std::string_view bytes, HexStrings hex) {
  out.push_back('"');
  append_escaped(out, bytes, hex);
  out.push_back('"');
}

}  // namespace ktrace::base
