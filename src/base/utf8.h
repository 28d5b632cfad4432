// UTF-8 (RFC 3629), and text of a traced program as others may read it: names of functions, files and processes are
// bytes that anybody chose.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ktrace::base {

// Length of the sequence at `at`, or 0 if there is none: no overlong forms, no surrogates, nothing beyond U+10FFFF.
std::size_t utf8_sequence(std::string_view bytes, std::size_t at);

// Appends UTF-8 that neither breaks a line nor changes how a terminal or a browser shows what stands around it: bytes
// of control characters (also U+0080..U+009F), of marks that set the direction of text, of what is no character or no
// UTF-8 become `\342` each. What is beyond `most` bytes is cut and leaves `...`.
void append_readable(std::string& out, std::string_view text, std::size_t most = std::string_view::npos);

}  // namespace ktrace::base
