// See utf8.h.
#include "base/utf8.h"

#include <cstdint>

#include "base/append.h"

namespace ktrace::base {
namespace {

uint8_t byte(std::string_view bytes, std::size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

uint32_t code_point(std::string_view sequence) {
  if (sequence.size() == 1) return byte(sequence, 0);
  uint32_t code = byte(sequence, 0) & (0x7fU >> sequence.size());
  for (std::size_t i = 1; i < sequence.size(); ++i) code = code << 6 | (byte(sequence, i) & 0x3fU);
  return code;
}

bool is_harmless(uint32_t code) {
  const auto within = [code](uint32_t first, uint32_t last) { return code >= first && code <= last; };
  const bool control = code < 0x20 || within(0x7f, 0x9f);
  const bool directs = code == 0x061c || within(0x200e, 0x200f) || within(0x2028, 0x202e) || within(0x2066, 0x2069);
  const bool nothing = within(0xfdd0, 0xfdef) || (code & 0xfffe) == 0xfffe || code == 0xfeff;
  return !control && !directs && !nothing;
}

}  // namespace

std::size_t utf8_sequence(std::string_view bytes, std::size_t at) {
  const uint8_t first = byte(bytes, at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(bytes, at + i) & 0xc0) != 0x80) return 0;
  const uint8_t second = byte(bytes, at + 1);
  const bool bad = (first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0) ||
                   (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
  return bad ? 0 : length;
}

void append_readable(std::string& out, std::string_view text, std::size_t most) {
  const std::size_t start = out.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_sequence(text, at);
    const std::string_view piece = text.substr(at, length != 0 ? length : 1);
    const bool as_it_is = length != 0 && is_harmless(code_point(piece));
    if (out.size() - start + (as_it_is ? piece.size() : 4 * piece.size()) > most) {
      out.append("...");
      return;
    }
    if (as_it_is) {
      out.append(piece);
    } else {
      for (const char c : piece) {
        out.push_back('\\');
        append_padded(out, static_cast<uint8_t>(c), 3, '0', 8);
      }
    }
    at += piece.size();
  }
}

}  // namespace ktrace::base
