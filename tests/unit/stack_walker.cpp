#include <doctest/doctest.h>

#include "fakes/elf_image.h"
#include "stack/expression.h"
#include "stack/walker.h"

using namespace ktrace;
using namespace ktrace::stack;
using fakes::ElfImage;
using fakes::FakeMemory;

namespace {

constexpr uint64_t base = 0x5555'0000'0000;
constexpr uint64_t code = base + ElfImage::code;
constexpr uint64_t top = 0x7ffd'0000'0000;
constexpr std::string_view maps =
    "555500000000-555500001000 r--p 00000000 fe:01 11 /bin/a\n"
    "555500001000-555500002000 r-xp 00001000 fe:01 11 /bin/a\n"
    "7ff000002000-7ff000003000 rwxp 00000000 00:00 0 \n";

class Process {
 public:
  explicit Process(const ElfImage& image) {
    image.map(memory, base);
    space.assign(maps);
  }

  void put_stack(std::initializer_list<uint64_t> words) {
    memory.put(Address{top}, std::span{reinterpret_cast<const uint8_t*>(words.begin()), words.size() * 8});
  }

  std::vector<uint64_t> walk(UnwindRegisters registers, std::size_t limit = 100) {
    snapshot.begin(memory, registers.values[sp], 8);
    Walker{{.tid = {-1}, .space = space, .memory = memory, .shared = shared}, modules, snapshot}.run(registers, limit,
                                                                                                     result);
    std::vector<uint64_t> ips;
    for (const auto& caller : result.callers) ips.push_back(caller.ip.value - code);
    return ips;
  }

  unsigned sp = 7;
  FakeMemory memory;
  AddressSpace space;
  Modules modules;
  SharedFrames shared;
  Snapshot snapshot;
  Walk result;
};

UnwindRegisters at(uint64_t ip, uint64_t fp = 0) {
  UnwindRegisters registers{.abi = Abi::x86_64, .ip = {code + ip}};
  registers.values[7] = top;
  registers.values[6] = fp;
  registers.values[16] = code + ip;
  return registers;
}

using Ips = std::vector<uint64_t>;
constexpr uint8_t undefined_return[] = {0x07, 16};  // DW_CFA_undefined rip: the outermost frame
const fakes::Program outermost{undefined_return[0], undefined_return[1]};

}  // namespace

TEST_CASE("frames without a frame pointer are followed by their call frame information") {
  Process process(ElfImage{
      {.begin = 0, .size = 16, .program = {0x42, 0x0e, 32}},  // 2 bytes on: def_cfa_offset 32
      {.begin = 16, .size = 16, .program = {}},
      {.begin = 32, .size = 16, .program = outermost},
  });
  process.put_stack({0, 0, 0, code + 20, code + 40});
  CHECK(process.walk(at(2)) == Ips{2, 20, 40});
  CHECK(!process.result.cut);
  SUBCASE("in the prologue the frame is not there yet") {
    process.put_stack({code + 20, code + 40});
    CHECK(process.walk(at(1)) == Ips{1, 20, 40});
  }
}

TEST_CASE("saved registers are restored, and rows may name them") {
  Process process(ElfImage{
      {.begin = 0, .size = 16, .program = {0x0e, 16, 0x86, 2}},  // rbp saved at CFA-16
      {.begin = 16, .size = 16, .program = {0x0c, 6, 16}},       // CFA is rbp+16
      {.begin = 32, .size = 16, .program = outermost},
  });
  process.put_stack({top + 24, code + 20, 0, 0, code + 40});
  CHECK(process.walk(at(2)) == Ips{2, 20, 40});
}

TEST_CASE("a return address behind its function belongs to the caller still") {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}},
                           {.begin = 16, .size = 16, .program = {0x0e, 16}},
                           {.begin = 32, .size = 16, .program = outermost}});
  process.put_stack({code + 32, 0, code + 40});  // a call was the last thing in the second function
  CHECK(process.walk(at(2)) == Ips{2, 32, 40});
}

TEST_CASE("what a signal interrupted is looked up where it stands, and registers come from its frame") {
  // rip, rsp and rbp at fixed places above rsp: DW_CFA_expression r, {DW_OP_breg7 N}
  const fakes::Program frame{0x0f, 2, 0x77, 0, 0x10, 16, 2, 0x77, 8, 0x10, 7, 2, 0x77, 16, 0x10, 6, 2, 0x77, 24};
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}},
                           {.begin = 16, .size = 16, .program = frame, .augmentation = "zRS"},
                           {.begin = 32, .size = 16, .program = {0x0c, 6, 16}},
                           {.begin = 48, .size = 16, .program = outermost}});
  process.put_stack({code + 17, 0, code + 32, top + 48, top + 56, 0, 0, 0, code + 50});
  CHECK(process.walk(at(2)) == Ips{2, 17, 32, 50});
}

TEST_CASE("a walk ends at the limit and says so") {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}}, {.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({code + 1, code + 2, code + 3, code + 20});
  CHECK(process.walk(at(0), 2) == Ips{0, 1});
  CHECK(process.result.cut);
  CHECK(process.walk(at(0), 5) == Ips{0, 1, 2, 3, 20});
  CHECK(!process.result.cut);
}

TEST_CASE("without call frame information the frame pointer leads on, if it can be true") {
  Process process(ElfImage{{.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({top + 16, code + 5, 0, code + 20});
  CHECK(process.walk(at(0, top)) == Ips{0, 5, 20});
  CHECK(process.walk(at(0, top - 8)) == Ips{0});          // below the stack pointer
  CHECK(process.walk(at(0, top + 3)) == Ips{0});          // nobody aligns so
  CHECK(process.walk(at(0, top + (1 << 24))) == Ips{0});  // far away
  process.put_stack({top + 16, 0x1234, 0, code + 20});
  CHECK(process.walk(at(0, top)) == Ips{0});  // no code there
}

TEST_CASE("code of no file is a frame, and its frame pointer is followed") {
  Process process(ElfImage{{.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({0, code + 20});
  UnwindRegisters registers = at(0, top);
  registers.ip = {0x7ff000002010};
  CHECK(process.walk(registers) == Ips{0x7ff000002010 - code, 20});
}

TEST_CASE("a stack that leads in circles ends") {
  SUBCASE("no progress") {
    Process process(ElfImage{{.begin = 0, .size = 16, .program = {0x0e, 0}}});  // CFA is rsp
    process.memory.put(Address{top - 8}, std::string_view("\0\x10\0\0\x55\x55\0\0", 8));
    CHECK(process.walk(at(0)) == Ips{0});
  }
  SUBCASE("through a signal frame, up to the limit") {
    const fakes::Program frame{0x0f, 2, 0x77, 0, 0x10, 16, 2, 0x77, 8, 0x10, 7, 2, 0x77, 16};
    Process process(ElfImage{{.begin = 0, .size = 16, .program = frame, .augmentation = "zRS"}});
    process.put_stack({0, code, top});
    CHECK(process.walk(at(0), 50).size() == 50);
    CHECK(process.result.cut);
  }
}

TEST_CASE("what the walk depended on is told") {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}}, {.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({code + 20});
  process.walk(at(0));
  CHECK(process.result.used == uint64_t{1} << 7);
  REQUIRE(process.snapshot.words().size() == 1);
  CHECK(process.snapshot.words()[0].at == top);
  CHECK(process.snapshot.words()[0].value == code + 20);
}

TEST_CASE("addresses of arm64 lose what authenticates them") {
  // CFA is sp+16, x29 and x30 below it.
  Process process(
      ElfImage{{.begin = 0,
                .size = 16,
                .program = {0x2d, 0x0e, 16, 0x9d, 2, 0x9e, 1},
                .return_column = 30,
                .initial = {0x0c, 31, 0}},
               {.begin = 16, .size = 16, .program = {0x07, 30}, .return_column = 30, .initial = {0x0c, 31, 0}}});
  process.sp = 31;
  process.put_stack({0, 0x00a7'0000'0000'0000 | (code + 20)});
  UnwindRegisters registers{.abi = Abi::aarch64, .ip = {code + 4}};
  registers.values[31] = top;
  CHECK(process.walk(registers) == Ips{4, 20});
}

TEST_CASE("nothing in the tables is believed beyond what is there") {
  const ElfImage good{{.begin = 0, .size = 16, .program = {0x42, 0x0e, 32}},
                      {.begin = 16, .size = 16, .program = {0x0f, 3, 0x2f, 0xfd, 0xff}}};  // DW_OP_skip -3
  SUBCASE("an expression that loops") {
    Process process(good);
    CHECK(process.walk(at(20)) == Ips{20});
  }
  SUBCASE("any byte is another") {
    for (std::size_t k = 0; k < ElfImage::frames_at + 0x80; ++k) {
      for (const unsigned value : {0x00U, 0x01U, 0x7fU, 0x80U, 0xffU}) {
        ElfImage image = good;
        image.bytes()[k] = static_cast<uint8_t>(value);
        Process process(image);
        process.put_stack({code + 20, code + 20, code + 20, code + 20});
        CHECK(process.walk(at(2)).size() <= 100);
      }
    }
  }
  SUBCASE("it ends anywhere") {
    for (std::size_t size = 0; size < ElfImage::frames_at + 0x80; ++size) {
      ElfImage image = good;
      image.bytes().resize(size);
      Process process(image);
      process.put_stack({code + 20, code + 20, code + 20, code + 20});
      CHECK(process.walk(at(2)).size() <= 100);
    }
  }
}

TEST_CASE("expressions compute") {
  FakeMemory memory;
  memory.put(Address{top}, std::string_view("\x2a\0\0\0\0\0\0\0", 8));
  Snapshot snapshot;
  snapshot.begin(memory, top, 8);
  uint64_t registers[] = {0, top, 5};
  uint64_t used = 0;
  const auto run = [&](std::vector<uint8_t> program, std::optional<uint64_t> first = {}) {
    return evaluate(program, {.registers = registers, .first = first}, snapshot, used);
  };
  CHECK(run({0x71, 0, 0x06}) == 42);  // *(r1 + 0)
  CHECK(used == 2);
  CHECK(run({0x33, 0x31, 0x1c}) == 2);                         // 3 - 1
  CHECK(run({0x72, 0x7f}) == 4);                               // r2 - 1
  CHECK(run({0x23, 16}, 100) == 116);                          // CFA + 16
  CHECK(run({0x0b, 0xfe, 0xff, 0x31, 0x26}) == ~uint64_t{0});  // -2 >> 1
  CHECK(run({0x31, 0x32, 0x16, 0x1c}) == 1);                   // swap: 2 - 1
  CHECK(run({0x31, 0x28, 1, 0, 0x33, 0x34}) == 4);             // bra over lit3
  CHECK(!run({}));
  CHECK(!run({0x22}));                          // plus of nothing
  CHECK(!run({0x71}));                          // cut
  CHECK(!run({0x2f, 0xfd, 0xff}));              // skip to itself
  CHECK(!run({0x31, 0x12, 0x2f, 0xfc, 0xff}));  // dup for ever
  CHECK(!run({0x73, 0, 0x06}));                 // a register that there is not
  CHECK(!run({0x31, 0x06}));                    // *1 cannot be read
}
