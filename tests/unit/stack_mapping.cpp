#include <doctest/doctest.h>

#include <unistd.h>

#include "stack/mapping.h"

using namespace ktrace;
using namespace ktrace::stack;

namespace {

constexpr std::string_view maps =
    "555500000000-555500001000 r--p 00000000 fe:01 11 /bin/a\n"
    "555500001000-555500002000 r-xp 00001000 fe:01 11 /bin/a\n"
    "555500002000-555500003000 rw-p 00002000 fe:01 11 /bin/a\n"
    "555500004000-555500005000 r--p 00000000 fe:01 11 /bin/a\n"
    "555500005000-555500006000 r-xp 00001000 fe:01 11 /bin/a\n"
    "7ff000000000-7ff000001000 rw-p 00000000 00:00 0 \n"
    "7ff000002000-7ff000003000 rwxp 00000000 00:00 0 \n"
    "7fff00000000-7fff00002000 r-xp 00000000 00:00 0 [vdso]\n";

AddressSpace space_of(std::string_view text) {
  AddressSpace space;
  space.assign(text);
  return space;
}

}  // namespace

TEST_CASE("a line of maps says where, what and which file") {
  Mapping mapping;
  REQUIRE(parse_mapping("7f00a000-7f00b000 r-xp 0001c000 fe:02 4711       /usr/lib/x.so", mapping));
  CHECK(mapping.begin.value == 0x7f00a000);
  CHECK(mapping.end.value == 0x7f00b000);
  CHECK(mapping.offset == 0x1c000);
  CHECK(mapping.inode == 4711);
  CHECK(mapping.executable);
  CHECK(!mapping.deleted);
  CHECK(mapping.path == "/usr/lib/x.so");
}

TEST_CASE("a deleted file keeps its name, and a newline in it is one") {
  Mapping mapping;
  REQUIRE(parse_mapping("1000-2000 rw-s 00000000 00:01 1 /memfd:a b\\012c (deleted)", mapping));
  CHECK(mapping.path == "/memfd:a b\nc");
  CHECK(mapping.deleted);
  CHECK(!mapping.executable);
}

TEST_CASE("lines that are none are refused") {
  Mapping mapping;
  for (const auto* line : {"", "x", "1000", "1000-", "1000-2000", "1000-2000 r-xp", "2000-1000 r-xp 0 00:00 0",
                           "1000-2000 r-xp 00000000 fe", "1000-2000 r-xp zz fe:01 1 /x", "1000-2000 r-xp 0 fe:01 "})
    CHECK_MESSAGE(!parse_mapping(line, mapping), line);
}

TEST_CASE("code is found where it is executable only") {
  AddressSpace space = space_of(maps);
  REQUIRE(space.find_code({0x555500001234}));
  CHECK(space.find_code({0x555500001234})->path == "/bin/a");
  CHECK(!space.find_code({0x555500000234}));
  CHECK(!space.find_code({0x555500006000}));
  CHECK(!space.find_code({0}));
  CHECK(!space.find_code({~uint64_t{0}}));
  CHECK(space.find_code({0x7ff000002000})->path.empty());
  CHECK(space.find_code({0x7fff00001fff})->path == "[vdso]");
}

TEST_CASE("two objects of the same file have each their own beginning") {
  AddressSpace space = space_of(maps);
  CHECK(space.first_of(*space.find_code({0x555500001000}))->begin.value == 0x555500000000);
  CHECK(space.first_of(*space.find_code({0x555500005000}))->begin.value == 0x555500004000);
  CHECK(space.first_of(*space.find_code({0x7fff00000000}))->begin.value == 0x7fff00000000);
}

TEST_CASE("only what changes known code makes another generation") {
  AddressSpace space = space_of(maps);
  const uint64_t before = space.generation();
  space.changed({0x7fe000000000}, 0x1000, false);  // new data
  space.changed({0x555500002000}, 0x1000, false);  // over data
  space.changed({0x7fe000000000}, 0x1000, true);   // new code, where nobody ever looked
  CHECK(space.generation() == before);
  CHECK(space.find_code({0x555500001234}));

  const uint64_t files_before = space.files_generation();
  SUBCASE("over code of no file") {
    CHECK(space.find_code({0x7ff000002000}));
    space.changed({0x7ff000002000}, 0x1000, true);
    CHECK(space.files_generation() == files_before);
  }
  SUBCASE("over code") {
    space.changed({0x555500001fff}, 1, false);
    CHECK(!space.find_code({0x555500001234}));
  }
  SUBCASE("over everything") {
    space.changed({0x1000}, ~uint64_t{0}, false);
  }
  SUBCASE("who knows") {
    space.changed();
  }
  SUBCASE("new code where somebody missed it") {
    CHECK(!space.find_code({0x7fe000000000}));
    space.changed({0x7fe000000000}, 0x1000, true);
  }
  CHECK(space.generation() != before);
}

TEST_CASE("what was handed out stays until the next stop, whatever happens") {
  AddressSpace space = space_of(maps);
  const Mapping* const mapping = space.find_code({0x555500001234});
  space.changed();
  CHECK(mapping->path == "/bin/a");
}

TEST_CASE("new code of a file is told once") {
  unsigned told = 0;
  AddressSpace space([&](const Mapping& mapping) { told += mapping.path == "/bin/a" ? 1 : 0; });
  space.assign(maps);
  const unsigned parts = told;
  CHECK(parts > 0);
  space.assign(maps);
  CHECK(told == parts);
}

namespace {
[[gnu::noinline]] void* here() {
  return __builtin_return_address(0);
}
}  // namespace

TEST_CASE("a process is asked about its own code") {
  AddressSpace space;
  space.attach(Tid{getpid()});
  const Address at{reinterpret_cast<uintptr_t>(here())};
  const Mapping* const code = space.find_code(at);
  REQUIRE(code);
  CHECK(code->contains(at));
  CHECK(code->path.find("unit_stack") != std::string::npos);
  const Mapping* const first = space.first_of(*code);
  CHECK(first->offset == 0);
  CHECK(first->same_file(*code));
  CHECK(!space.find_code({reinterpret_cast<uintptr_t>(&space)}));
}
