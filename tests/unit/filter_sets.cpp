#include <doctest/doctest.h>

#include <climits>
#include <string>

#include "filter/expression.h"

using namespace ktrace::filter;

namespace {

template <class R>
std::string problem(const R& result) {
  return result ? std::string() : result.error().what;
}

}  // namespace

TEST_CASE("signals go by name in any case, with or without SIG, and by number") {
  const auto set = parse_signals("sigint,HUP,15,RT_1");
  REQUIRE(set.has_value());
  for (const int number : {2, 1, 15, 33}) CHECK(set->test(number));
  CHECK_FALSE(set->test(3));
  CHECK(problem(parse_signals("foo")) == "invalid signal 'foo'");
  CHECK(problem(parse_signals("256")) == "invalid signal '256'");
  CHECK(parse_signals("255").has_value());
}

TEST_CASE("a negated set of numbers has all others") {
  const auto set = parse_signals("!TERM");
  REQUIRE(set.has_value());
  CHECK_FALSE(set->test(15));
  CHECK(set->test(14));
  CHECK(set->test(200));
}

TEST_CASE("descriptors are decimal numbers up to INT_MAX") {
  const auto set = parse_descriptors("0,2147483647");
  REQUIRE(set.has_value());
  CHECK(set->test(0));
  CHECK(set->test(INT_MAX));
  CHECK_FALSE(set->test(1));
  CHECK_FALSE(set->test(-1));
  CHECK(problem(parse_descriptors("0x1")) == "invalid descriptor '0x1'");
  CHECK(problem(parse_descriptors("2147483648")) == "invalid descriptor '2147483648'");
  CHECK(problem(parse_descriptors("-1")) == "invalid descriptor '-1'");
}

TEST_CASE("statuses and messages are words in any case") {
  const auto statuses = parse_statuses("Failed,detached");
  REQUIRE(statuses.has_value());
  CHECK(statuses->test(Status::failed));
  CHECK(statuses->test(Status::detached));
  CHECK_FALSE(statuses->test(Status::successful));
  const auto messages = parse_messages("!exits");
  REQUIRE(messages.has_value());
  CHECK_FALSE(messages->test(Message::exit));
  CHECK(messages->test(Message::thread_execve));
  CHECK(problem(parse_messages("foo")) == "invalid quiet 'foo'");
  CHECK(problem(parse_statuses("")) == "invalid status ''");
}
