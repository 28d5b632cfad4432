// Symbols and lines of files of every make, against what nm and addr2line say.
#include <doctest/doctest.h>

#include "stack_support.h"

using ktrace::stack::Answer;
using ktrace::stack::Mapping;
using ktrace::stack::SymbolReader;
using stack_tests::ask;
using stack_tests::code_bias;
using stack_tests::Folder;
using stack_tests::functions_of;
using stack_tests::mapping_of;

namespace {

constexpr std::string_view c_program =
    "#include <unistd.h>\n"
    "__attribute__((noinline)) int innermost(int x) {\n"
    "  return getppid() + x;\n"
    "}\n"
    "__attribute__((noinline)) static int hidden(int x) {\n"
    "  return innermost(x) + 1;\n"
    "}\n"
    "__attribute__((noinline)) int exported(int x) {\n"
    "  return hidden(x) + 1;\n"
    "}\n"
    "#ifndef LIBRARY\n"
    "int main(int argc, char** argv) {\n"
    "  (void)argv;\n"
    "  return exported(argc) == 0;\n"
    "}\n"
    "#endif\n";

constexpr std::string_view our_functions[] = {"innermost", "hidden", "exported"};

// Every function that nm finds in `truth` must be found in `file`, in its first and in its last byte.
void check_functions(const Folder& folder, const std::string& file, const std::string& truth) {
  const auto functions = functions_of(folder, truth);
  const uint64_t bias = code_bias(folder, file);
  SymbolReader reader;
  const Mapping mapping = mapping_of(folder / file);
  for (const std::string_view name : our_functions) {
    const auto function = functions.find(std::string(name));
    REQUIRE(function != functions.end());
    const uint64_t offset = function->second.address - bias;
    for (const uint64_t within : {uint64_t{0}, function->second.size - 1}) {
      const Answer answer = ask(reader, mapping, offset + within);
      CHECK(answer.symbol == name);
      CHECK(answer.symbol_offset == within);
    }
  }
}

// The same for lines, by addr2line.
void check_lines(const Folder& folder, const std::string& file, const std::string& truth) {
  const auto functions = functions_of(folder, truth);
  const uint64_t bias = code_bias(folder, file);
  SymbolReader reader;
  const Mapping mapping = mapping_of(folder / file);
  for (const std::string_view name : our_functions) {
    const auto function = functions.find(std::string(name));
    REQUIRE(function != functions.end());
    const uint64_t address = function->second.address + function->second.size - 1;
    std::ostringstream command;
    command << "addr2line -e " << truth << ' ' << std::hex << address;
    const Answer answer = ask(reader, mapping, address - bias);
    std::string expected = folder.output_of(command.str());
    expected = expected.substr(expected.rfind('/') + 1);
    expected = expected.substr(0, expected.find_first_of(" \n"));
    CHECK(answer.file.substr(answer.file.rfind('/') + 1) + ":" + std::to_string(answer.line) == expected);
  }
}

void check_program(const std::string& command) {
  CAPTURE(command);
  const Folder folder;
  folder.write("t.c", c_program);
  if (!folder.run(command + " t.c -o t")) return;  // not every compiler is everywhere
  check_functions(folder, "t", "t");
  check_lines(folder, "t", "t");
}

}  // namespace

TEST_CASE("functions and lines are found in programs of every kind") {
  for (const char* options :
       {"-O1 -g -pie -fPIE", "-O1 -g -no-pie", "-O1 -g -static", "-O1 -g -static-pie -fPIE",
        "-O1 -g -shared -fPIC -DLIBRARY", "-O1 -g -m32", "-O1 -g -gdwarf-4", "-O1 -g -gz=zlib", "-O1 -g -gsplit-dwarf",
        "-O1 -g -Wl,-Ttext-segment=0x10000000", "-O1 -g -shared -fPIC -DLIBRARY -Wl,-Ttext-segment=0x3000000"}) {
    check_program(std::string("gcc ") + options);
  }
}

TEST_CASE("lines are found where nothing but the units says which code is theirs") {
  check_program("clang -O1 -g -gdwarf-5");
  check_program("clang -O1 -g -fuse-ld=lld");
}

TEST_CASE("what stands apart from a stripped file is found by .gnu_debuglink") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(
      folder.run("gcc -O1 -g -Wl,--build-id=none t.c -o full && mkdir .debug &&"
                 "objcopy --only-keep-debug full .debug/t.debug &&"
                 "strip -o t full && objcopy --add-gnu-debuglink=.debug/t.debug t"));
  check_functions(folder, "t", "full");
  check_lines(folder, "t", "full");
}

TEST_CASE("what programs share of their debug information may stand in a file of its own") {
  const Folder folder;
  folder.write("t.c", c_program);
  if (!folder.run("gcc -O1 -g t.c -o t && gcc -O1 -g -DMORE t.c -o u && dwz -m common t u &&"
                  "readelf -S t | grep -q gnu_debugaltlink")) {
    return;  // there is no dwz
  }
  check_functions(folder, "t", "t");
  check_lines(folder, "t", "t");
}

TEST_CASE("a debug file of another build is not believed") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(
      folder.run("gcc -O1 -g t.c -o full && objcopy --only-keep-debug full t.debug && strip -o t full &&"
                 "objcopy --add-gnu-debuglink=t.debug t && gcc -O1 -g -DLIBRARY -shared -fPIC t.c -o other &&"
                 "objcopy --only-keep-debug other t.debug"));
  const auto functions = functions_of(folder, "full");
  SymbolReader reader;
  const Answer answer = ask(reader, mapping_of(folder / "t"), functions.at("hidden").address - code_bias(folder, "t"));
  CHECK(answer.symbol.empty());
  CHECK(answer.file.empty());
}

TEST_CASE("a stripped library has the names that it exports") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(folder.run("gcc -O1 -shared -fPIC -DLIBRARY t.c -o full && strip -o t full"));
  const auto functions = functions_of(folder, "full");
  SymbolReader reader;
  const Mapping mapping = mapping_of(folder / "t");
  CHECK(ask(reader, mapping, functions.at("exported").address).symbol == "exported");
  CHECK(ask(reader, mapping, functions.at("hidden").address).symbol.empty());
}

TEST_CASE("MiniDebugInfo has the names that are not exported") {
  const Folder folder;
  folder.write("t.c", c_program);
  if (!folder.run("gcc -O1 -g t.c -o full && objcopy --only-keep-debug full debug &&"
                  "printf 'hidden\\ninnermost\\nexported\\n' >keep &&"
                  "objcopy -S --remove-section .comment --keep-symbols=keep debug mini && xz mini &&"
                  "strip -o t full && objcopy --add-section .gnu_debugdata=mini.xz t")) {
    return;
  }
  check_functions(folder, "t", "full");
}

TEST_CASE("of several names the first in the table is taken, an exported one before others") {
  const Folder folder;
  folder.write("t.S",
               ".text\n.globl outer, inner, first, alias\n"
               ".type outer,@function\n.type inner,@function\n"
               "outer: nop\ninner: nop\n .size inner, .-inner\n nop\n .size outer, .-outer\n"
               ".type first,@function\n.type second,@function\n"
               "second: first: nop\n .size first,1\n .size second,1\n"
               ".type none,@function\nnone: nop\nlabel: nop\n"
               ".section .note.GNU-stack,\"\",@progbits\n");
  REQUIRE(folder.run("gcc -shared -nostdlib t.S -o t"));
  const auto functions = functions_of(folder, "t");
  SymbolReader reader;
  const Mapping mapping = mapping_of(folder / "t");
  const uint64_t outer = functions.at("outer").address;
  CHECK(ask(reader, mapping, outer + 2).symbol == "outer");
  CHECK(ask(reader, mapping, functions.at("first").address).symbol == "first");   // in .symtab the local comes first
  CHECK(ask(reader, mapping, functions.at("first").address + 1).symbol.empty());  // a function without size
}

TEST_CASE("names of C++ and Rust are shown as they were written") {
  const Folder folder;
  folder.write("t.cpp",
               "namespace space { struct S { long get(int*, const S&) const; };\n"
               "long S::get(int*, const S&) const { return 1; } }\n"
               "extern \"C\" void _RNvNtCs1234_7mycrate3foo3bar() {}\n"
               "extern \"C\" void _ZN7mycrate3foo17h05af221e174051e9E() {}\n"
               "int main() {}\n");
  REQUIRE(folder.run("g++ -O1 t.cpp -o t"));
  const auto functions = functions_of(folder, "t");
  SymbolReader reader;
  const Mapping mapping = mapping_of(folder / "t");
  const auto name = [&](const char* mangled) { return ask(reader, mapping, functions.at(mangled).address).symbol; };
  CHECK(name("_ZNK5space1S3getEPiRKS0_") == "space::S::get(int*, space::S const&) const");
  CHECK(name("_RNvNtCs1234_7mycrate3foo3bar") == "mycrate::foo::bar");
  CHECK(name("_ZN7mycrate3foo17h05af221e174051e9E") == "mycrate::foo");
}

TEST_CASE("a path that names another file than the one mapped is not opened") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(folder.run("gcc -O1 t.c -o t"));
  SymbolReader reader;
  Mapping mapping = mapping_of(folder / "t");
  mapping.inode++;
  CHECK(ask(reader, mapping, 0x1000).identity == 0);
  mapping.inode--;
  CHECK(ask(reader, mapping, 0x1000).identity != 0);
}

TEST_CASE("a file that changed is another one") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(folder.run("gcc -O1 t.c -o t"));
  SymbolReader reader;
  const uint64_t before = ask(reader, mapping_of(folder / "t"), 0x1000).identity;
  REQUIRE(folder.run("gcc -O1 -DLIBRARY -shared -fPIC t.c -o u && cat u >t"));
  CHECK(ask(reader, mapping_of(folder / "t"), 0x1000).identity != before);
}

TEST_CASE("of a thousand files only a few stay open") {
  const Folder folder;
  folder.write("t.c", c_program);
  REQUIRE(folder.run("gcc -O1 -nostdlib -shared -fPIC -DLIBRARY t.c -o t"));
  for (int i = 1; i <= 1000; i++) std::filesystem::copy(folder / "t", folder / ("t" + std::to_string(i)));
  SymbolReader reader(16);
  const uint64_t offset = functions_of(folder, "t").at("exported").address;
  for (int i = 1; i <= 1000; i++) {
    CHECK(ask(reader, mapping_of(folder / ("t" + std::to_string(i))), offset).symbol == "exported");
    CHECK(reader.open_count() <= 16);
  }
  CHECK(ask(reader, mapping_of(folder / "t1"), offset).symbol == "exported");
}
