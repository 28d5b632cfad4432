// Symbols of this very process, and what becomes of those who ask when the process that answers dies.
#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "stack/symbol_message.h"
#include "stack/symbol_server.h"
#include "stack/symbols.h"
#include "stack_support.h"

using ktrace::Tid;
using ktrace::stack::Answer;
using ktrace::stack::Ip;
using ktrace::stack::Lines;
using ktrace::stack::Location;
using ktrace::stack::Mapping;
using ktrace::stack::Question;
using ktrace::stack::Symbols;
using ktrace::stack::SymbolServer;
using stack_tests::Folder;
using stack_tests::functions_of;
using stack_tests::mapping_of;

extern "C" __attribute__((noinline)) int function_to_find(int x) {
  return x + 1;
}

namespace {

// The mapping of this process that has the address.
Mapping mapping_here(uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping;
    if (ktrace::stack::parse_mapping(line, mapping) && mapping.contains({address})) return mapping;
  }
  return {};
}

}  // namespace

TEST_CASE("a function of a live process is found with its line") {
  Symbols symbols(Lines::look_up);
  const auto address = reinterpret_cast<uint64_t>(&function_to_find);
  const Mapping mapping = mapping_here(address);
  const Location here = symbols.locate({getpid()}, mapping, {address + 1});
  CHECK(here.symbol == "function_to_find");
  CHECK(here.symbol_offset == 1);
  CHECK(here.module == mapping.path);
  CHECK(here.module_address == address + 1 - mapping.begin.value + mapping.offset);
  CHECK(here.file.ends_with("stack_symbols.cpp"));
  CHECK(here.line > 0);
  CHECK(here.build_id.size() >= 16);
}

TEST_CASE("what was asked before is not asked again") {
  Symbols symbols;
  const auto address = reinterpret_cast<uint64_t>(&function_to_find);
  const Mapping mapping = mapping_here(address);
  const Location first = symbols.locate({getpid()}, mapping, {address});
  const Location second = symbols.locate({getpid()}, mapping, {address});
  CHECK(symbols.frame_count() == 1);
  CHECK(first.symbol.data() == second.symbol.data());
  CHECK(first.file.empty());  // lines were not asked for
}

TEST_CASE("a return address belongs to the call before it") {
  Symbols symbols;
  const Folder folder;
  folder.write("t.S",
               ".globl f, g\n.type f,@function\n.type g,@function\nf: nop\n.size f,.-f\ng: nop\n.size g,.-g\n"
               ".section .note.GNU-stack,\"\",@progbits\n");
  REQUIRE(folder.run("gcc -shared -nostdlib t.S -o t"));
  const auto functions = functions_of(folder, "t");
  const uint64_t g = functions.at("g").address;
  const Mapping mapping = mapping_of(folder / "t");
  CHECK(symbols.locate({getpid()}, mapping, mapping.begin + g).symbol == "g");
  const Location after = symbols.locate({getpid()}, mapping, mapping.begin + g, Ip::returns);
  CHECK(after.symbol == "f");
  CHECK(after.symbol_offset == g - functions.at("f").address);
  CHECK(after.module_address == g);
}

TEST_CASE("the vDSO has names, too") {
  Symbols symbols;
  std::ifstream maps("/proc/self/maps");
  Mapping mapping;
  for (std::string line; std::getline(maps, line);) {
    if (ktrace::stack::parse_mapping(line, mapping) && mapping.path == "[vdso]") break;
  }
  if (mapping.path != "[vdso]") return;
  std::size_t named = 0;
  for (uint64_t offset = 0; offset < mapping.end.value - mapping.begin.value; offset += 64) {
    const Location here = symbols.locate({getpid()}, mapping, mapping.begin + offset);
    CHECK(here.module == "[vdso]");
    if (here.symbol.find("vdso") != std::string_view::npos || here.symbol.starts_with("__kernel_")) named++;
  }
  CHECK(named > 0);
}

TEST_CASE("memory that is no file is shown as it is called") {
  Symbols symbols;
  Mapping mapping;
  mapping.begin = {0x10000};
  mapping.end = {0x20000};
  CHECK(symbols.locate({getpid()}, mapping, {0x10010}).module.empty());
  mapping.path = "[heap]";
  const Location here = symbols.locate({getpid()}, mapping, {0x10010});
  CHECK(here.module == "[heap]");
  CHECK(here.module_address == 0x10);
  CHECK(here.symbol.empty());
}

TEST_CASE("a deleted file is read through its mapping") {
  if (geteuid() != 0) return;  // map_files is not for everybody
  const Folder folder;
  folder.write("t.c", "int found(int x) { return x; }");
  REQUIRE(folder.run("gcc -O1 -shared -fPIC t.c -o t"));
  const uint64_t offset = functions_of(folder, "t").at("found").address;
  const int fd = open((folder / "t").c_str(), O_RDONLY | O_CLOEXEC);
  void* at = mmap(nullptr, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
  REQUIRE(at != MAP_FAILED);
  close(fd);
  REQUIRE(folder.run("rm t"));
  const Mapping mapping = mapping_here(reinterpret_cast<uint64_t>(at));
  CHECK(mapping.deleted);
  Symbols symbols;
  const Location here = symbols.locate({getpid()}, mapping, mapping.begin + offset);
  munmap(at, 8192);
  if (here.build_id.empty()) return;  // root without the capability, as in a container
  CHECK(here.symbol == "found");
}

TEST_CASE("a file that is another one after recheck is looked at anew") {
  const Folder folder;
  folder.write("t.S", ".globl F\n.type F,@function\nF: nop\n.size F,1\n.section .note.GNU-stack,\"\",@progbits\n");
  REQUIRE(folder.run("gcc -shared -nostdlib -DF=older t.S -o t && gcc -shared -nostdlib -DF=newer t.S -o u"));
  const uint64_t offset = functions_of(folder, "t").at("older").address;
  const Mapping mapping = mapping_of(folder / "t");
  Symbols symbols;
  CHECK(symbols.locate({getpid()}, mapping, mapping.begin + offset).symbol == "older");
  REQUIRE(folder.run("cat u >t"));
  CHECK(symbols.locate({getpid()}, mapping, mapping.begin + offset).symbol == "older");
  symbols.recheck();
  CHECK(symbols.locate({getpid()}, mapping, mapping.begin + offset).symbol == "newer");
}

TEST_CASE("the tables of a thousand files are not all kept") {
  const Folder folder;
  folder.write("t.c", "int found(int x) { return x; }\nint other(int x) { return x + 1; }\n");
  REQUIRE(folder.run("gcc -O1 -nostdlib -shared -fPIC t.c -o t"));
  const uint64_t found = functions_of(folder, "t").at("found").address;
  const uint64_t other = functions_of(folder, "t").at("other").address;
  constexpr std::size_t limit = 4096;
  Symbols symbols(Lines::skip, limit);
  const auto mapping = [&](int i) { return mapping_of(folder / ("t" + std::to_string(i))); };
  for (int i = 0; i < 1000; i++) {
    std::filesystem::copy(folder / "t", folder / ("t" + std::to_string(i)));
    CHECK(symbols.locate({getpid()}, mapping(i), mapping(i).begin + found).symbol == "found");
    CHECK(symbols.table_bytes() <= limit);
  }
  CHECK(symbols.frame_count() == 1000);
  CHECK(symbols.locate({getpid()}, mapping(0), mapping(0).begin + found).symbol == "found");
  CHECK(symbols.locate({getpid()}, mapping(0), mapping(0).begin + other).symbol == "other");  // got once more
  CHECK(symbols.table_bytes() <= limit);
}

TEST_CASE("a file in another mount namespace is opened through that") {
  const Folder folder;
  folder.write("t.c", "int found(int x) { return x; }");
  folder.write("map.c",
               "#include <fcntl.h>\n#include <stdio.h>\n#include <sys/mman.h>\n#include <unistd.h>\n"
               "int main(int c, char** v) {\n"
               "  mmap(0, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(v[c - 1], O_RDONLY), 0);\n"
               "  printf(\"%d\\n\", (int)getpid()), fflush(stdout);\n  sleep(60);\n}\n");
  REQUIRE(folder.run("gcc -O1 -shared -fPIC t.c -o t && gcc map.c -o map && mkdir x && cp map x/t"));
  const uint64_t offset = functions_of(folder, "t").at("found").address;
  const std::string command = "exec unshare -m sh -c 'mount -t tmpfs none " + (folder / "x") + " && cp " +
                              (folder / "t") + " " + (folder / "x/t") + " && exec " + (folder / "map") + " " +
                              (folder / "x/t") + "' 2>/dev/null";
  std::FILE* output = popen(command.c_str(), "r");
  REQUIRE(output);
  char line[32] = {};
  const bool started = std::fgets(line, sizeof line, output) != nullptr;
  if (started) {
    const Tid tid{std::atoi(line)};
    std::ifstream maps("/proc/" + std::to_string(tid.value) + "/maps");
    Mapping mapping;
    for (std::string one; std::getline(maps, one);) {
      if (ktrace::stack::parse_mapping(one, mapping) && mapping.path.ends_with("/x/t")) break;
    }
    Symbols symbols;
    CHECK(symbols.locate(tid, mapping, mapping.begin + offset).symbol == "found");
    kill(tid.value, SIGKILL);
  }
  pclose(output);  // not started: unshare(1) is only for root
}

TEST_CASE("control characters of a name do not get through") {
  const Folder folder;
  folder.write("t.S",
               ".globl xyz\n.type xyz,@function\nxyz: nop\n.size xyz,1\n"
               ".section .note.GNU-stack,\"\",@progbits\n");
  REQUIRE(folder.run("gcc -shared -nostdlib t.S -o t"));
  const uint64_t address = functions_of(folder, "t").at("xyz").address;
  REQUIRE(folder.run("sed -i 's/xyz/x\\x1bz/g' t"));
  const Mapping mapping = mapping_of(folder / "t");
  Symbols symbols;
  CHECK(symbols.locate({getpid()}, mapping, mapping.begin + address).symbol == "x\\33z");
}

TEST_CASE("a crash, a loop or hunger of the one who answers is no answer") {
  for (const int way : {0, 1, 2}) {
    CAPTURE(way);
    int said = 0;
    const auto patience = way == 1 ? std::chrono::seconds(3) : std::chrono::seconds(60);  // also with good answers
    SymbolServer server(
        [way](const Question& question) -> Answer {
          if (question.tid.value == 1) return {.identity = 5};
          if (way == 0) std::raise(SIGSEGV);
          if (way == 1) std::this_thread::sleep_for(std::chrono::hours(1));
          if (way == 2) std::abort();
          return {};
        },
        {.time = patience, .deaths = 2}, [&said](int error) { said += error == 0 ? 1 : 100; });
    const Question good{.tid = {1}};
    const Question bad{.tid = {2}};
    CHECK(server.ask(good)->identity == 5);
    CHECK_FALSE(server.ask(bad));
    CHECK(server.ask(good)->identity == 5);  // another has taken its place
    CHECK(said == 0);
    CHECK_FALSE(server.ask(bad));
    CHECK(server.deaths() == 2);
    CHECK_FALSE(server.ask(good));  // not for ever
    CHECK(said == 1);
  }
}

TEST_CASE("nothing is left of the one who answered") {
  {
    SymbolServer server([](const Question&) { return Answer{.identity = 1}; }, {});
    CHECK(server.ask({}));
  }
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}

TEST_CASE("questions and answers come out as they went in, and cut ones not at all") {
  const Question question{.tid = {7}, .mapping = mapping_here(reinterpret_cast<uint64_t>(&function_to_find))};
  const std::vector<uint8_t> bytes = pack(question);
  const auto back = ktrace::stack::unpack_question(bytes);
  REQUIRE(back);
  CHECK(back->mapping.path == question.mapping.path);
  CHECK(back->mapping.inode == question.mapping.inode);
  const Answer answer{.identity = 1, .build_id = "ab", .symbol = "f", .symbol_offset = 3, .file = "g"};
  const std::vector<uint8_t> packed = pack(answer);
  CHECK(ktrace::stack::unpack_answer(packed)->symbol == "f");
  for (std::size_t i = 0; i < packed.size(); i++) {
    CHECK_FALSE(ktrace::stack::unpack_answer(std::span(packed).first(i)));
  }
}

TEST_CASE("a table comes out as it went in; one that points beyond itself is none") {
  using ktrace::stack::SymbolTable;
  SymbolTable table;
  table.add({.offset = 0x1000, .size = 0x1000, .address = 0x401000, .executable = 1});
  table.add(0x401000, 0x20, "outer");
  table.add(0x401010, 0x8, "inner");
  table.add(0x401000, 0x20, "alias");
  table.finish();
  CHECK(table.function_count() == 2);
  std::vector<uint8_t> bytes = table.pack();
  const auto back = SymbolTable::unpack(bytes);
  REQUIRE(back);
  CHECK(back->address_of(0x1012) == 0x401012);
  CHECK(std::string_view(back->find(0x401012)->name) == "outer");
  CHECK(back->find(0x401012)->offset == 0x12);
  CHECK_FALSE(back->find(0x401020));
  for (std::size_t i = 0; i < bytes.size(); i++) {
    CHECK_FALSE(SymbolTable::unpack(std::span(bytes).first(i)));
    // Whatever stands in it, nothing beyond it is read: for the address sanitizer to see.
    std::vector<uint8_t> changed = bytes;
    changed[i] ^= 0xff;
    if (const auto odd = SymbolTable::unpack(changed)) {
      if (const auto found = odd->find(0x401012)) CHECK(std::string_view(found->name).size() < bytes.size());
    }
  }
}
