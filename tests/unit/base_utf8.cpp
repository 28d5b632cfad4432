// Names that somebody else chose, made fit to be read.
#include "base/utf8.h"

#include <doctest/doctest.h>

using namespace ktrace::base;

namespace {

std::string readable(std::string_view text, std::size_t most = std::string_view::npos) {
  std::string out;
  append_readable(out, text, most);
  return out;
}

}  // namespace

TEST_CASE("letters of all languages stay, what controls a terminal or a browser does not") {
  CHECK(readable("f\xc3\xbc\xc3\x9f < \xe2\x82\xac & \xf0\x9f\x98\x80") ==
        "f\xc3\xbc\xc3\x9f < \xe2\x82\xac & \xf0\x9f\x98\x80");
  CHECK(readable(std::string_view("a\0b\n\x1b[31m\x7f", 10)) == "a\\000b\\012\\033[31m\\177");
  CHECK(readable("\xc2\x9b") == "\\302\\233");  // U+009B: CSI
  CHECK(readable("\xe2\x80\xae"
                 "cba") == "\\342\\200\\256cba");                                   // U+202E: right to left from here
  CHECK(readable("\xe2\x80\xa8") == "\\342\\200\\250");                             // U+2028: a new line
  CHECK(readable("\xef\xbf\xbe\xef\xbf\xbf") == "\\357\\277\\276\\357\\277\\277");  // no characters: XML forbids them
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
  CHECK(readable("\xff\xc0\x80") == "\\377\\300\\200");
  CHECK(readable("\xed\xa0\x80") == "\\355\\240\\200");  // a surrogate
  CHECK(readable("a\xe2\x82") == "a\\342\\202");
  CHECK(readable("\xf4\x90\x80\x80") == "\\364\\220\\200\\200");
}

TEST_CASE("a long name is cut between its characters") {
  CHECK(readable("abcdef", 6) == "abcdef");
  CHECK(readable("abcdef", 5) == "abcde...");
  CHECK(readable("abc\xe2\x82\xac", 5) == "abc...");
  CHECK(readable("abc\n", 6) == "abc...");
}
