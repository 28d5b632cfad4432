// Numbers appended to a string, by hand: they are most of a trace.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

namespace ktrace::base {

template <class Integer>
void append_decimal(std::string& out, Integer value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

// C's %#x: 0x1f, but 0.
inline void append_hex(std::string& out, uint64_t value) {
  char text[24] = {'0', 'x'};
  const auto end = value ? std::to_chars(text + 2, text + sizeof text, value, 16).ptr : text + 1;
  out.append(text, static_cast<std::size_t>(end - text));
}

// C's %#03o: 0644, 022, 005, 000.
inline void append_octal(std::string& out, uint64_t value) {
  if (value < 010) out.push_back('0');
  char text[32] = {'0'};
  const auto end = std::to_chars(text + 1, text + sizeof text, value, 8).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

// At least `width` characters, filled up at the left.
inline void append_padded(std::string& out, uint64_t value, unsigned width, char fill, int base = 10) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value, base).ptr;
  const auto length = static_cast<std::size_t>(end - text);
  if (length < width) out.append(width - length, fill);
  out.append(text, length);
}

}  // namespace ktrace::base
