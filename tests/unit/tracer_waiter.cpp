#include <doctest/doctest.h>

#include "fakes/scripted_waiter.h"
#include "tracer/waiter.h"

namespace ktrace::tracer {
namespace {

using fakes::ScriptedWaiter;
using Failure = WaitSource::Failure;

WaitStatus status(int tid) {
  return {.tid = {tid}, .status = 0x57f};
}

TEST_CASE("with one tracee a stop costs one wait") {
  ScriptedWaiter source({status(1), status(1)});
  Waiter waiter(source);
  CHECK(waiter.wait(false) == Waiter::Outcome::ready);
  CHECK(source.blocking == 1);
  CHECK(source.polling == 0);
  CHECK(waiter.next()->tid == Tid{1});
  CHECK(!waiter.next());
}

TEST_CASE("with several tracees all that is pending is taken before any is served, oldest first") {
  ScriptedWaiter source({status(3), status(1), status(2), Failure::nothing_yet, status(9)});
  Waiter waiter(source);
  CHECK(waiter.wait(true) == Waiter::Outcome::ready);
  CHECK(source.polling == 3);
  CHECK(waiter.next()->tid == Tid{3});
  CHECK(waiter.next()->tid == Tid{1});
  CHECK(waiter.next()->tid == Tid{2});
  CHECK(!waiter.next());
}

TEST_CASE("an interrupted wait says so and takes nothing") {
  ScriptedWaiter source({Failure::interrupted, status(5)});
  Waiter waiter(source);
  CHECK(waiter.wait(true) == Waiter::Outcome::interrupted);
  CHECK(!waiter.next());
  CHECK(waiter.wait(true) == Waiter::Outcome::ready);
  CHECK(waiter.next()->tid == Tid{5});
}

TEST_CASE("without children there is nothing to wait for") {
  ScriptedWaiter source({});
  Waiter waiter(source);
  CHECK(waiter.wait(true) == Waiter::Outcome::no_children);
}

TEST_CASE("a status that someone else waited for is served like others") {
  ScriptedWaiter source({});
  Waiter waiter(source);
  waiter.add(status(7));
  CHECK(waiter.next()->tid == Tid{7});
  CHECK(!waiter.next());
}

}  // namespace
}  // namespace ktrace::tracer
