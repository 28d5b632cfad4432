#include "filter/injection.h"

#include <doctest/doctest.h>

#include <vector>

#include "filter/expression.h"
#include "spec/lookup.h"

namespace {

using namespace ktrace;
using filter::Injection;
using filter::Injections;
using filter::When;

std::vector<unsigned> hits(const When& when, unsigned calls) {
  std::vector<unsigned> hit;
  for (unsigned i = 1; i <= calls; ++i)
    if (when.hits(i)) hit.push_back(i);
  return hit;
}

// A call as the decoder leaves it.
CallState call_of(Abi abi, std::string_view name) {
  CallState call;
  call.abi = abi;
  for (const spec::Row& row : spec::rows_of(abi)) {
    if (spec::string(row.name) == name) call.decoding.row = static_cast<uint32_t>(&row - spec::rows);
    for (const spec::Row& sub : spec::sub_rows_of(row)) {
      if (call.decoding.row != spec::none || spec::string(sub.name) != name) continue;
      call.decoding.row = static_cast<uint32_t>(&row - spec::rows);
      call.decoding.sub_row = static_cast<uint32_t>(&sub - spec::sub_rows);
      return call;
    }
  }
  return call;
}

filter::SyscallSet set_of(std::string_view text) {
  auto set = filter::parse_syscalls(text);
  REQUIRE(set);
  return *set;
}

using List = std::vector<unsigned>;

}  // namespace

TEST_CASE("a rule holds for the invocations that it names") {
  CHECK(hits({}, 4) == List{1, 2, 3, 4});
  CHECK(hits({.first = 2, .step = 0}, 6) == List{2});
  CHECK(hits({.first = 3}, 6) == List{3, 4, 5, 6});
  CHECK(hits({.first = 2, .step = 3}, 9) == List{2, 5, 8});
  CHECK(hits({.first = 2, .last = 4}, 9) == List{2, 3, 4});
  CHECK(hits({.first = 2, .last = 7, .step = 2}, 9) == List{2, 4, 6});
  CHECK(When{.first = 1}.hits(1'000'000));
  CHECK_FALSE(When{.first = 1, .last = 65534}.hits(65535));
}

TEST_CASE("calls are counted apart, and apart for each ABI and thread") {
  Injections rules;
  rules.add(set_of("chdir,getpid"), {.error = 1, .when = {.first = 2, .step = 0}});
  Injections::Counts one, other;
  CHECK_FALSE(rules.count(call_of(Abi::x86_64, "chdir"), one));
  CHECK_FALSE(rules.count(call_of(Abi::x86_64, "getpid"), one));
  CHECK_FALSE(rules.count(call_of(Abi::i386, "chdir"), one));
  CHECK_FALSE(rules.count(call_of(Abi::x86_64, "chdir"), other));
  CHECK(rules.count(call_of(Abi::x86_64, "chdir"), one));
  CHECK(rules.count(call_of(Abi::x86_64, "getpid"), one));
  CHECK(rules.count(call_of(Abi::i386, "chdir"), one));
  CHECK_FALSE(rules.count(call_of(Abi::x86_64, "chdir"), one));
  CHECK_FALSE(rules.count(call_of(Abi::x86_64, "open"), one));
}

TEST_CASE("the last rule for a call counts, as a whole") {
  Injections rules;
  rules.add(set_of("chdir,open"), {.error = 1});
  rules.add(set_of("chdir"), {.signal = 10});
  rules.add(set_of("none"), {.error = 3});
  Injections::Counts counts;
  const Injection* chdir = rules.count(call_of(Abi::x86_64, "chdir"), counts);
  REQUIRE(chdir);
  CHECK_FALSE(chdir->error);
  CHECK(chdir->signal == 10);
  const Injection* open = rules.count(call_of(Abi::x86_64, "open"), counts);
  REQUIRE(open);
  CHECK(open->error == 1);
}

TEST_CASE("calls that share a number have rules of their own; unknown numbers have none") {
  Injections rules;
  rules.add(set_of("connect"), {.error = 1});
  Injections::Counts counts;
  CHECK(rules.count(call_of(Abi::i386, "shmget"), counts) == nullptr);
  CallState connect = call_of(Abi::i386, "socketcall");
  CHECK(rules.count(connect, counts) == nullptr);
  for (const spec::Row& sub : spec::sub_rows_of(spec::rows[connect.decoding.row])) {
    connect.decoding.sub_row = static_cast<uint32_t>(&sub - spec::sub_rows);
    CHECK((rules.count(connect, counts) != nullptr) == (spec::string(sub.name) == "connect"));
  }
  rules.add(set_of("all"), {.error = 1});
  CallState unknown;
  unknown.number = 5000;
  CHECK(rules.count(unknown, counts) == nullptr);
}

TEST_CASE("a result has the width of the caller's registers") {
  const Injection wide{.retval = 0x1'2345'6789};
  CHECK(wide.outcome(Abi::x86_64).value == 0x1'2345'6789);
  CHECK(wide.outcome(Abi::i386).value == 0x2345'6789);
  const Injection negative{.retval = static_cast<uint64_t>(-5)};
  CHECK(negative.outcome(Abi::aarch64).value == -5);
  CHECK(negative.outcome(Abi::arm).value == 0xffff'fffb);
  CHECK_FALSE(negative.outcome(Abi::x86_64).is_error);
  const Injection error{.error = 2};
  CHECK(error.outcome(Abi::i386).value == -2);
  CHECK(error.outcome(Abi::i386).is_error);
}
