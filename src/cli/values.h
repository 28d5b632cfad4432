// Values of options as strace reads them: numbers by strtol(3) and strtod(3), words in any case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/request.h"
#include "ktrace/base/ids.h"

namespace ktrace::cli {

bool same_word(std::string_view a, std::string_view b);

// A whole decimal number, blanks and a sign in front allowed.
std::optional<int64_t> parse_number(std::string_view text, int64_t lowest, int64_t highest);

// s, ms, us, ns
std::optional<output::Precision> parse_precision(std::string_view text);

// A decimal number that may have a fraction and an exponent, and s, ms, us or ns behind it.
std::optional<Nanoseconds> parse_duration(const std::string& text);

// The same, but in seconds if there is no unit, also in minutes and hours (m, h), and longer than nothing.
std::optional<Nanoseconds> parse_long_duration(std::string text);

// A file, or after a `|` or `!` a shell command that reads it.
output::Target file_or_pipe(std::string_view name);

// "invalid -a argument: 'x'", a usage error.
Error invalid_argument(const Given& given);

}  // namespace ktrace::cli
