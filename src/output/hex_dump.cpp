// See hex_dump.h. Offsets have five digits, or as many as the length of the whole needs.
#include "output/hex_dump.h"

#include <algorithm>

#include "base/append.h"

namespace ktrace::output {
namespace {

constexpr std::size_t per_line = 16;
constexpr std::size_t half = 8;

unsigned offset_digits(uint64_t length) {
  unsigned digits = 5;
  while (digits < 16 && (length - 1) >> (4 * digits) != 0) ++digits;
  return digits;
}

void append_line(std::string& out, uint64_t offset, unsigned digits, std::string_view bytes) {
  out.append(" | ");
  base::append_padded(out, offset, digits, '0', 16);
  for (std::size_t k = 0; k < per_line; ++k) {
    out.append(k % half == 0 ? "  " : " ");
    if (k < bytes.size()) {
      base::append_padded(out, static_cast<unsigned char>(bytes[k]), 2, '0', 16);
    } else {
      out.append("  ");
    }
  }
  out.append("  ");
  for (std::size_t k = 0; k < per_line; ++k) {
    const char c = k < bytes.size() ? bytes[k] : ' ';
    out.push_back(c >= ' ' && c <= '~' ? c : '.');
  }
  out.append(" |\n");
}

}  // namespace

void append_dump(std::string& out, const Dump& piece) {
  switch (piece.kind) {
    case Dump::Kind::vector:
      out.append(" = ");
      base::append_decimal(out, static_cast<int64_t>(piece.length));
      out.append(" buffers in vector ");
      base::append_decimal(out, static_cast<int64_t>(piece.index));
      out.push_back('\n');
      return;
    case Dump::Kind::buffer:
      out.append(" * ");
      base::append_decimal(out, static_cast<int64_t>(piece.length));
      out.append(" bytes in buffer ");
      base::append_decimal(out, static_cast<int64_t>(piece.index));
      out.push_back('\n');
      return;
    case Dump::Kind::bytes: break;
  }
  const unsigned digits = offset_digits(piece.length);
  for (std::size_t at = 0; at < piece.bytes.size(); at += per_line)
    append_line(out, piece.index + at, digits, piece.bytes.substr(at, per_line));
}

}  // namespace ktrace::output
