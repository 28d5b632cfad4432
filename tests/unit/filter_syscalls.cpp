#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <utility>

#include "filter/expression.h"
#include "spec/tables.h"

using ktrace::Abi;
using ktrace::filter::parse_syscalls;
using ktrace::filter::SyscallSet;

namespace {

constexpr uint64_t open_64 = 2, open_32 = 5, close_64 = 3, openat_64 = 257, socketcall_32 = 102, socket_32 = 359;
constexpr uint64_t unknown = 100000;

SyscallSet parse(std::string_view text) {
  auto set = parse_syscalls(text);
  REQUIRE_MESSAGE(set.has_value(), std::string(text));
  return *std::move(set);
}

std::string problem(std::string_view text) {
  const auto set = parse_syscalls(text);
  return set ? std::string() : set.error().what;
}

// Index of a sub-call of i386's socketcall.
uint32_t find_sub(std::string_view name) {
  for (uint32_t i = 0; i < ktrace::spec::row_ranges[1].count; i++) {
    const auto& row = ktrace::spec::rows[ktrace::spec::row_ranges[1].first + i];
    for (uint32_t s = row.sub; row.number == socketcall_32 && s < row.sub + row.sub_count; s++)
      if (name == ktrace::spec::strings + ktrace::spec::sub_rows[s].name) return s;
  }
  return ktrace::spec::none;
}

}  // namespace

TEST_CASE("a name stands for the call on every ABI") {
  const SyscallSet set = parse("open");
  CHECK(set.test(Abi::x86_64, open_64));
  CHECK(set.test(Abi::i386, open_32));
  CHECK(set.test(Abi::arm, open_32));
  CHECK_FALSE(set.test(Abi::x86_64, openat_64));
  CHECK_FALSE(set.test(Abi::x86_64, unknown));
}

TEST_CASE("@ takes a call of one ABI only") {
  const SyscallSet set = parse("open@32");
  CHECK(set.test(Abi::i386, open_32));
  CHECK_FALSE(set.test(Abi::x86_64, open_64));
}

TEST_CASE("the names that arm had before EABI are names of arm") {
  constexpr std::pair<const char*, uint64_t> old[] = {
      {"time", 13},   {"umount", 22},  {"stime", 25}, {"alarm", 27},       {"utime", 30},  {"getrlimit", 76},
      {"select", 82}, {"readdir", 89}, {"mmap", 90},  {"socketcall", 102}, {"waitpid", 7}, {"ipc", 117}};
  for (const auto& call : old) {
    CAPTURE(call.first);
    CHECK(parse(std::string(call.first) + "@32").test(Abi::arm, call.second));
  }
  CHECK(parse("?syscall").test(Abi::arm, 113));
  CHECK(parse("?fadvise64_64").test(Abi::arm, 270));
  CHECK(parse("?sync_file_range2").test(Abi::arm, 341));
}

TEST_CASE("a number stands for different calls on different ABIs") {
  const SyscallSet set = parse("3");
  CHECK(set.test(Abi::x86_64, close_64));
  CHECK(set.test(Abi::i386, 3));
  CHECK_FALSE(set.test(Abi::x86_64, open_64));
}

TEST_CASE("numbers without a row can be added to any set") {
  SyscallSet set = parse("open");
  set.add_unknown();
  CHECK(set.test(Abi::x86_64, unknown));
  CHECK(set.reaches(Abi::i386, 222));
  CHECK(set.test(Abi::x86_64, open_64));
  CHECK_FALSE(set.test(Abi::x86_64, openat_64));
}

TEST_CASE("all and negations hold for numbers that no table has") {
  CHECK(parse("all").test(Abi::x86_64, unknown));
  CHECK(parse("!open").test(Abi::x86_64, unknown));
  CHECK(parse("!none").is_all());
  CHECK(parse("!all").is_none());
  CHECK_FALSE(parse("none").test(Abi::x86_64, unknown));
}

TEST_CASE("each ! inverts again") {
  const SyscallSet set = parse("!!open");
  CHECK(set.test(Abi::x86_64, open_64));
  CHECK_FALSE(set.test(Abi::x86_64, close_64));
}

TEST_CASE("a sub-call of socketcall is found by its own name") {
  const uint32_t sub = find_sub("socket");
  REQUIRE(sub != ktrace::spec::none);
  const SyscallSet set = parse("socket");
  CHECK(set.test_sub(sub));
  CHECK(set.test(Abi::i386, socket_32));
  CHECK_FALSE(set.test(Abi::i386, socketcall_32));
  CHECK(set.reaches(Abi::i386, socketcall_32));
  if (ktrace::compat_abi != Abi::i386) return;  // elsewhere it is the name of no call
  const SyscallSet whole = parse("socketcall");
  CHECK(whole.test(Abi::i386, socketcall_32));
  CHECK_FALSE(whole.test_sub(sub));
  CHECK_FALSE(parse("!socket").test_sub(sub));
}

TEST_CASE("a regular expression is looked for in names") {
  const SyscallSet set = parse("/^open(at)?$");
  CHECK(set.test(Abi::x86_64, open_64));
  CHECK(set.test(Abi::x86_64, openat_64));
  CHECK_FALSE(set.test(Abi::x86_64, close_64));
}

TEST_CASE("classes, with the old names of some") {
  CHECK(parse("%file").test(Abi::x86_64, openat_64));
  CHECK(parse("file").test(Abi::x86_64, openat_64));
  CHECK_FALSE(parse("%file").test(Abi::x86_64, close_64));
  CHECK(parse("%desc").test(Abi::x86_64, close_64));
  CHECK(parse("open,all").test(Abi::x86_64, close_64));
}

TEST_CASE("what does not exist is an error, unless ? stands before it") {
  CHECK(problem("foo") == "invalid system call 'foo'");
  CHECK(problem("open,foo@64") == "invalid system call 'foo@64'");
  CHECK(problem("waitpid@64") == "invalid system call 'waitpid@64'");
  CHECK(problem("open,none") == "invalid system call 'none'");
  CHECK(problem("!,") == "invalid system call '!,'");
  CHECK(problem("/(open") == "regcomp: (open: Unmatched ( or \\(");
  CHECK(parse("?foo").is_none());
}

TEST_CASE("an unknown designator is a usage error even with ?") {
  const auto set = parse_syscalls("?open@foo");
  REQUIRE_FALSE(set.has_value());
  CHECK(set.error().what == "incorrect personality designator 'foo' in qualification 'open@foo'");
  CHECK(set.error().number == EINVAL);
}

TEST_CASE("a pattern that glibc would copy without end is refused before that") {
  for (const std::string& pattern : {std::string("/a") + std::string(40, '+'),
                                     std::string("/((((((((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+"),
                                     std::string("/((a{255}){255}){255}"), std::string("/(ab{99999})c")})
    CHECK(problem(pattern) == "regcomp: " + pattern.substr(1) + ": Regular expression too big");
  std::string alternatives = "/open";  // long, but nothing in it is copied twice
  for (int k = 0; k < 1000; k++) alternatives += "|[]+]open+a*b?" + std::to_string(k);
  CHECK(parse(alternatives).test(Abi::x86_64, open_64));
  CHECK(parse("/^(open|close){1}$").test(Abi::x86_64, close_64));
}
