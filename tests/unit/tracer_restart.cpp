// Which call a thread sleeps in, from the line of /proc/TID/syscall.
#include "tracer/restart.h"

#include <doctest/doctest.h>

namespace ktrace::tracer {
namespace {

TEST_CASE("the call that a thread sleeps in has its number, its first argument and where it was made") {
  const auto call = parse_blocked_call("22 0x4 0xffff8e1fe820 0x1 0x3 0x0 0x8 0xffff8e1fe7c0 0xffff8e2e3b28\n");
  REQUIRE(call);
  CHECK(call->number == 22);
  CHECK(call->first_argument == 4);
  CHECK(call->sp == 0xffff'8e1f'e7c0);
  CHECK(call->ip == 0xffff'8e2e'3b28);
}

TEST_CASE("a thread that runs, or sleeps outside of a call, is in none") {
  CHECK(!parse_blocked_call("running\n"));
  CHECK(!parse_blocked_call("-1 0xffff8e1fe7c0 0xffff8e2e3b28\n"));
  CHECK(!parse_blocked_call(""));
}

}  // namespace
}  // namespace ktrace::tracer
