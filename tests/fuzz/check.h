// What must hold of all that ktrace prints, whatever a tracee does: no control bytes in text, and JSON that any reader
// takes. The reader of JSON here is independent of the code that writes it (RFC 8259, RFC 3629).
#pragma once

#include <string_view>

namespace ktrace::fuzz {

// Ends the process, as a finding of the fuzzer.
[[noreturn]] void fail(const char* what, std::string_view text);

// Printable ASCII and newlines.
void check_text(std::string_view text);

// Lines, each a JSON object, UTF-8 without control characters (U+0080..U+009F are some, too).
void check_json_lines(std::string_view lines);

}  // namespace ktrace::fuzz
