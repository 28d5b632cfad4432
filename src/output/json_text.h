// Pieces of JSON (RFC 8259) that are always valid, whatever a traced program puts into its memory: strings, integers
// that survive a reader with doubles, times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ktrace/base/ids.h"

namespace ktrace::output::json {

bool is_utf8(std::string_view bytes);

// A string with its quotes. The bytes must be UTF-8. Control characters are escaped, also DEL and U+0080..U+009F, so
// that the text does no harm on a terminal.
void append_string(std::string& out, std::string_view utf8);

// For text that should be UTF-8 but need not: what is not becomes U+FFFD.
void append_text(std::string& out, std::string_view text);

// Integers beyond +-(2^53 - 1) become strings of their decimal digits: a reader that has doubles would round them.
void append_unsigned(std::string& out, uint64_t value);
void append_signed(std::string& out, int64_t value);

// "0x7f00", or null.
void append_address(std::string& out, uint64_t value);

// Seconds with nine digits of fraction, as a number.
void append_seconds(std::string& out, Nanoseconds time);

// `,"own":4711`: the number of a process in ktrace's own PID namespace; nothing for 0.
void append_own_pid(std::string& out, int64_t own);

void append_hex_digits(std::string& out, std::string_view bytes);

}  // namespace ktrace::output::json
