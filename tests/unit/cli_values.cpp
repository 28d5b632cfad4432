#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include "base/program.h"
#include "cli/command.h"
#include "cli/values.h"

using namespace ktrace::cli;
using namespace std::chrono_literals;

TEST_CASE("numbers are read as strtol does, but whole and in range") {
  CHECK(parse_number("10", 0, 100) == 10);
  CHECK(parse_number(" +10", 0, 100) == 10);
  CHECK_FALSE(parse_number("0x10", 0, 100));
  CHECK_FALSE(parse_number("", 0, 100));
  CHECK_FALSE(parse_number("101", 0, 100));
  CHECK_FALSE(parse_number("99999999999999999999", 0, INT64_MAX));
}

TEST_CASE("durations have fractions, exponents and units") {
  CHECK(parse_duration("1") == 1us);
  CHECK(parse_duration("2s") == 2s);
  CHECK(parse_duration("1.5ms") == 1500us);
  CHECK(parse_duration("1e3ns") == 1us);
  CHECK(parse_duration(".5") == 500ns);
  for (const char* bad : {"", "s", "1m", "1S", "1 ms", "-1", "inf", "nan", "0x10", "1e"})
    CHECK_FALSE(parse_duration(bad));
  CHECK(parse_duration("1e300").has_value());
}

TEST_CASE("-E edits the environment in order and in place") {
  setenv("KT_FIRST", "1", 1);
  setenv("KT_SECOND", "2", 1);
  const auto environment = edited_environment({"KT_FIRST=new", "KT_SECOND", "KT_THIRD=3"});
  CHECK(std::count(environment.begin(), environment.end(), "KT_FIRST=new") == 1);
  CHECK(std::count(environment.begin(), environment.end(), "KT_FIRST=1") == 0);
  CHECK(std::count(environment.begin(), environment.end(), "KT_SECOND=2") == 0);
  CHECK(environment.back() == "KT_THIRD=3");
}

TEST_CASE("a program with a slash is not searched for") {
  const auto path = ktrace::base::find_program("./nosuch");
  REQUIRE_FALSE(path.has_value());
  CHECK(path.error().what == "Cannot stat './nosuch': No such file or directory");
  CHECK(ktrace::base::find_program("nosuch-program").error().what == "Cannot find executable 'nosuch-program'");
}
