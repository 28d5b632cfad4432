// Object files that are not what they seem: cut off, with flipped bits, with sizes and offsets from elsewhere. Whatever
// libdw does with them happens in the process of SymbolServer; here it must come back in time, and answer what can be.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <span>

#include <elf.h>

#include "stack/symbol_message.h"
#include "stack/symbol_server.h"
#include "stack_examine.h"
#include "stack_support.h"

using ktrace::stack::Question;
using ktrace::stack::SymbolReader;
using ktrace::stack::SymbolServer;
using stack_tests::Folder;

namespace {

using Bytes = std::vector<uint8_t>;
using Random = std::minstd_rand;

constexpr std::string_view program =
    "static __attribute__((noinline)) int hidden(int* x) { return x[1] + 1; }\n"
    "struct S { int a[3]; struct S* next; };\n"
    "int exported(struct S* s) { int r = 0; for (; s; s = s->next) r += hidden(s->a); return r; }\n";

Bytes bytes_of(const std::string& text) {
  return {text.begin(), text.end()};
}

uint64_t pick(Random& random, uint64_t below) {
  return (uint64_t{random()} << 31 | random()) % below;
}

// Values that are bad as a size, an offset or an index.
uint64_t odd_value(Random& random) {
  constexpr uint64_t values[] = {0,      1,          0x7f,       0xff,       0x7fff,     0xffff,
                                 0xfff0, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff0, 0x10000000,
                                 ~0ULL,  ~7ULL,      1ULL << 63, 1ULL << 40};
  return values[pick(random, std::size(values))];
}

void put(Bytes& bytes, std::size_t at, uint64_t value, std::size_t width) {
  if (at + width <= bytes.size()) std::memcpy(bytes.data() + at, &value, width);
}

// One that a file might get by accident or by intent.
Bytes mutate(Bytes bytes, Random& random) {
  const auto anywhere = [&] { return static_cast<std::size_t>(pick(random, bytes.size())); };
  switch (pick(random, 6)) {
    case 0: bytes.resize(anywhere()); break;
    case 1:
      for (uint64_t i = pick(random, 8) + 1; i > 0; i--)
        bytes[anywhere()] ^= static_cast<uint8_t>(1U << pick(random, 8));
      break;
    case 2: put(bytes, anywhere() & ~std::size_t{3}, odd_value(random), 4); break;
    case 3: put(bytes, anywhere() & ~std::size_t{7}, odd_value(random), 8); break;
    case 4: put(bytes, pick(random, sizeof(Elf64_Ehdr)), odd_value(random), std::size_t{1} << pick(random, 4)); break;
    default: {
      // A field of a section header. It is where the ELF header says, whatever the file's class.
      uint64_t table = 0;
      if (bytes.size() > sizeof(Elf64_Ehdr)) std::memcpy(&table, bytes.data() + offsetof(Elf64_Ehdr, e_shoff), 8);
      const uint64_t at = table + pick(random, 40) * sizeof(Elf64_Shdr) + pick(random, 16) * 4;
      put(bytes, at < bytes.size() ? at : anywhere(), odd_value(random), std::size_t{4} << pick(random, 2));
    }
  }
  return bytes;
}

Question question_of(const Bytes& image, uint64_t offset) {
  Question question{.want = Question::Want::place, .tid = {getpid()}, .image = image};
  question.mapping.begin = {uint64_t{1} << 32};
  question.mapping.end = question.mapping.begin + ktrace::stack::largest_image;
  question.mapping.path = "/nowhere/object";
  question.at = question.mapping.begin + offset;
  return question;
}

std::vector<Bytes> seeds() {
  const Folder folder;
  folder.write("t.c", program);
  std::vector<Bytes> seeds;
  const std::string mini =
      "gcc -O1 -g -nostdlib -shared -fPIC -Wl,-z,max-page-size=4096 t.c -o full && objcopy --only-keep-debug full mini "
      "&& xz -f mini &&"
      "strip -o stripped full && objcopy --add-section .gnu_debugdata=mini.xz stripped t";
  const std::string gcc = "gcc -O1 -g -nostdlib -shared -fPIC -Wl,-z,max-page-size=4096 t.c -o t ";
  for (const std::string& command : {gcc, gcc + "-gz=zlib", gcc + "-m32", gcc + "-gdwarf-4", mini}) {
    if (folder.run(command)) seeds.push_back(bytes_of(folder.read("t")));
  }
  return seeds;
}

}  // namespace

TEST_CASE("mutated object files do no harm and cost no time") {
  const std::vector<Bytes> originals = seeds();
  REQUIRE_FALSE(originals.empty());
  const char* wanted = std::getenv("KTRACE_MUTANTS");  // more, for a long run by hand
  const int mutants = wanted ? std::atoi(wanted) : 300;
  constexpr auto limit = std::chrono::milliseconds(2000);
  SymbolServer server(
      [reader = std::make_shared<SymbolReader>(4)](const Question& question) {
        stack_tests::examine(question.image);
        return reader->answer(question);
      },
      {.time = limit, .deaths = 1000});
  for (const Bytes& original : originals) {
    REQUIRE(original.size() <= ktrace::stack::largest_image);
    Random random(static_cast<unsigned>(original.size()));
    for (int i = 0; i < mutants; i++) {
      const Bytes mutant = mutate(original, random);
      const auto began = std::chrono::steady_clock::now();
#ifdef __SANITIZE_ADDRESS__
      stack_tests::examine(mutant);  // here, where a report of the sanitizer is seen
#endif
      const auto answer = server.ask(question_of(mutant, pick(random, 0x2000)));
      CHECK(std::chrono::steady_clock::now() - began < 3 * limit);
      if (answer) CHECK(answer->symbol.size() <= ktrace::stack::longest_text);
    }
    CHECK_FALSE(server.ask(question_of(original, 0x1000))->build_id.empty());
  }
  WARN(server.deaths() == 0);  // a bug of libdw then, which does no harm
}

TEST_CASE("a compressed section that claims to be huge is not believed") {
  const Folder folder;
  folder.write("t.c", program);
  REQUIRE(folder.run("gcc -O1 -g -gz=zlib -nostdlib -shared -fPIC t.c -o t"));
  Bytes image = bytes_of(folder.read("t"));
  // Every compression header in the file: its type 1 (zlib), a reserved word, then the size.
  std::size_t changed = 0;
  for (std::size_t at = 0; at + sizeof(Elf64_Chdr) <= image.size(); at++) {
    Elf64_Chdr header;
    std::memcpy(&header, image.data() + at, sizeof header);
    if (header.ch_type != 1 || header.ch_reserved != 0 || header.ch_addralign != 1 || header.ch_size > 0x10000)
      continue;
    put(image, at + offsetof(Elf64_Chdr, ch_size), uint64_t{1} << 40, 8);
    changed++;
  }
  CHECK(changed > 0);
  SymbolReader reader;
  SymbolServer server([&reader](const Question& question) { return reader.answer(question); }, {});
  const auto answer = server.ask(question_of(image, 0x1000));
  REQUIRE(answer);
  CHECK(answer->line == 0);
}
