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

}  // namespace

TEST_CASE("what -y shows escapes angle brackets as well") {
  CHECK(escaped("/a<b>\"c\n\303\\", HexStrings::none, "<>") == R"(/a\74b\76\"c\n\303\\)");
  CHECK(escaped("/a<7", HexStrings::none, "<>") == R"(/a\0747)");
  CHECK(escaped("/dd<x>", HexStrings::non_ascii, "<>") == R"(/dd\74x\76)");
  CHECK(escaped("/dd<x>\303", HexStrings::non_ascii_chars, "<>") == R"(/dd\x3cx\x3e\xc3)");
  CHECK(escaped("<", HexStrings::all, "<>") == R"(\x3c)");
}

TEST_CASE("names go out as they are, without what a terminal obeys") {
  const auto shown = [](std::string_view text) {
    std::string out;
    append_harmless(out, text);
    return out;
  };
  CHECK(shown("/a b/\303\274<\"\\>\342\202\254") == "/a b/\303\274<\"\\>\342\202\254");
  CHECK(shown("\033]0;\a\n\r\t\177") == R"(\033]0;\007\012\015\011\177)");
  CHECK(shown("\2331m\302\2331m\302\240\377") == "\\2331m\\302\\2331m\302\240\\377");
  CHECK(shown("\303") == R"(\303)");
  CHECK(shown("\355\240\200").starts_with("\\355"));
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
