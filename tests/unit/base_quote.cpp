// Escaping as strace does it; the forms that -x chooses between are in output_text_values.cpp.
#include "base/quote.h"

#include <doctest/doctest.h>

#include "base/append.h"

using namespace ktrace::base;

namespace {

std::string escaped(std::string_view bytes, HexStrings hex, std::string_view also) {
  std::string out = "before ";
  append_escaped(out, bytes, hex, also);
  return out.substr(7);
}

std::string harmless(std::string_view text) {
  std::string out;
  append_harmless(out, text);
  return out;
}

}  // namespace

TEST_CASE("what -y shows escapes angle brackets as well") {
  CHECK(escaped("/a<b>\"c\n\303\\", HexStrings::none, "<>") == R"(/a\74b\76\"c\n\303\\)");
  CHECK(escaped("/a<7", HexStrings::none, "<>") == R"(/a\0747)");
  CHECK(escaped("/dd<x>", HexStrings::non_ascii, "<>") == R"(/dd\74x\76)");
  CHECK(escaped("/dd<x>\303", HexStrings::non_ascii_chars, "<>") == R"(/dd\x3cx\x3e\xc3)");
  CHECK(escaped("<", HexStrings::all, "<>") == R"(\x3c)");
}

TEST_CASE("names go out as they are, without what a terminal obeys") {
  CHECK(harmless("/a b/\303\274<\"\\>\342\202\254") == "/a b/\303\274<\"\\>\342\202\254");
  CHECK(harmless("\033]0;\a\n\r\t\177") == R"(\033]0;\007\012\015\011\177)");
  CHECK(harmless("\2331m\302\2331m\302\240\377") == "\\2331m\\302\\2331m\302\240\\377");
  CHECK(harmless("\303") == R"(\303)");
  CHECK(harmless("\355\240\200").starts_with("\\355"));
}

TEST_CASE("every byte can be told from every other") {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  for (const HexStrings hex : {HexStrings::none, HexStrings::non_ascii_chars, HexStrings::all}) {
    const std::string text = escaped(all, hex, {});
    for (const char c : text) CHECK((c >= 0x20 && c < 0x7f));
  }
}

TEST_CASE("numbers are appended as printf would write them") {
  std::string out;
  append_hex(out, 0);
  out += ' ';
  append_hex(out, ~uint64_t{0});
  out += ' ';
  append_octal(out, 0);
  out += ' ';
  append_octal(out, 07);
  out += ' ';
  append_octal(out, 010);
  out += ' ';
  append_octal(out, ~uint64_t{0});
  out += ' ';
  append_decimal(out, INT64_MIN);
  out += ' ';
  append_padded(out, 42, 5, ' ');
  append_padded(out, 42, 1, ' ');
  CHECK(out == "0 0xffffffffffffffff 000 007 010 01777777777777777777777 -9223372036854775808    4242");
}

TEST_CASE("letters of all languages stay, what controls a terminal or a browser does not") {
  CHECK(harmless("f\xc3\xbc\xc3\x9f < \xe2\x82\xac & \xf0\x9f\x98\x80") ==
        "f\xc3\xbc\xc3\x9f < \xe2\x82\xac & \xf0\x9f\x98\x80");
  CHECK(harmless(std::string_view("a\0b\n\x1b[31m\x7f", 10)) == "a\\000b\\012\\033[31m\\177");
  CHECK(harmless("\xc2\x9b") == "\\302\\233");  // U+009B: CSI
  CHECK(harmless("\xe2\x80\xae"
                 "cba") == "\\342\\200\\256cba");                                   // U+202E: right to left from here
  CHECK(harmless("\xe2\x80\xa8") == "\\342\\200\\250");                             // U+2028: a new line
  CHECK(harmless("\xef\xbf\xbe\xef\xbf\xbf") == "\\357\\277\\276\\357\\277\\277");  // no characters: XML forbids them
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
  CHECK(harmless("\xff\xc0\x80") == "\\377\\300\\200");
  CHECK(harmless("\xed\xa0\x80") == "\\355\\240\\200");  // a surrogate
  CHECK(harmless("a\xe2\x82") == "a\\342\\202");
  CHECK(harmless("\xf4\x90\x80\x80") == "\\364\\220\\200\\200");
}
