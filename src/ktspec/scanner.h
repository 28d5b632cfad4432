// Words of .ksd and .tbl files. Newlines are words too (items end there), except inside () and [], and where a line
// plainly goes on: after an operator or comma, or before `->`, `|`, `and`, `or`.
#pragma once

#include <vector>

#include "source.h"

namespace ktspec {

struct Token {
  enum class Kind : uint8_t { name, number, header, string, punct, newline, end };

  Kind kind = Kind::end;
  bool spaced = false;  // blank before it
  std::string_view text;
  uint64_t value = 0;  // number
  Loc loc;
};

std::vector<Token> scan(const Sources& sources, uint32_t file, Diagnostics& diagnostics);

}  // namespace ktspec
