// Strings as strace writes them between quotes: printable ASCII as it is, \n and its like by letter, everything else in
// octal with as few digits as the character after it allows, or in hexadecimal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ktrace::base {

// -x, -xx, --strings-in-hex: what is written as \x41 instead.
enum class HexStrings : uint8_t {
  none,
  non_ascii_chars,  // what would else be octal
  non_ascii,        // every character of a string that has one that is not ASCII text
  all,
};

// Whether all of it would be in hexadecimal.
bool is_hex_throughout(std::string_view bytes, HexStrings hex);

// Without the quotes. Characters of `also` are escaped too: "<>" in what -y shows.
void append_escaped(std::string& out, std::string_view bytes, HexStrings hex = HexStrings::none,
                    std::string_view also = {});

// The length of the UTF-8 sequence at `at`, or 0 if there is none: no overlong forms, no surrogates, nothing beyond
// U+10FFFF.
std::size_t utf8_length(std::string_view bytes, std::size_t at);

// Names that stand between other text, as they are: paths in stacks, whatever a message is about. Only what a terminal
// or a browser might obey (control characters, also U+0080..U+009F, and marks that set the direction of text), what is
// no character and what is no UTF-8 is written as three octal digits a byte.
void append_harmless(std::string& out, std::string_view text);

// With the quotes.
void append_quoted(std::string& out, std::string_view bytes, HexStrings hex = HexStrings::none);

}  // namespace ktrace::base
