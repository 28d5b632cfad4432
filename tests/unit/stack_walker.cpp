#include <doctest/doctest.h>

#include <map>

#include <dwarf.h>

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

// Libunwind follows the code of one ABI.
const auto elsewhere = doctest::skip(native_abi != Abi::x86_64);

// Rows by the first address of the code, counted from `code`, that they are for.
class FakeRows final : public RowSource {
 public:
  const FrameRow* find_row(Tid, const Mapping&, Address at) override {
    ++asked;
    const auto behind = rows.upper_bound(at.value - code);
    return behind == rows.begin() ? nullptr : &std::prev(behind)->second;
  }
  std::map<uint64_t, FrameRow> rows;
  unsigned asked = 0;
};

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
    native.flush();
    const Walker::Process kept{.modules = modules, .native = native, .trail = trail};
    Walker{{.tid = {-1}, .space = space, .memory = memory}, kept, rows, snapshot}.run(registers, limit, result);
    std::vector<uint64_t> ips;
    for (const auto& caller : result.callers) ips.push_back(caller.ip.value - code);
    return ips;
  }

  unsigned sp = 7;
  FakeMemory memory;
  AddressSpace space;
  Modules modules;
  NativeUnwinder native;
  Trail trail;
  FakeRows rows;
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

TEST_CASE("frames without a frame pointer are followed by their call frame information" * elsewhere) {
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

TEST_CASE("saved registers are restored, and rows may name them" * elsewhere) {
  Process process(ElfImage{
      {.begin = 0, .size = 16, .program = {0x0e, 16, 0x86, 2}},  // rbp saved at CFA-16
      {.begin = 16, .size = 16, .program = {0x0c, 6, 16}},       // CFA is rbp+16
      {.begin = 32, .size = 16, .program = outermost},
  });
  process.put_stack({top + 24, code + 20, 0, 0, code + 40});
  CHECK(process.walk(at(2)) == Ips{2, 20, 40});
}

TEST_CASE("a return address behind its function belongs to the caller still" * elsewhere) {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}},
                           {.begin = 16, .size = 16, .program = {0x0e, 16}},
                           {.begin = 32, .size = 16, .program = outermost}});
  process.put_stack({code + 32, 0, code + 40});  // a call was the last thing in the second function
  CHECK(process.walk(at(2)) == Ips{2, 32, 40});
}

TEST_CASE("what a signal interrupted is looked up where it stands, and registers come from its frame" * elsewhere) {
  // rip, rsp and rbp at fixed places above rsp: DW_CFA_expression r, {DW_OP_breg7 N}
  const fakes::Program frame{0x0f, 2, 0x77, 0, 0x10, 16, 2, 0x77, 8, 0x10, 7, 2, 0x77, 16, 0x10, 6, 2, 0x77, 24};
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}},
                           {.begin = 16, .size = 16, .program = frame, .augmentation = "zRS"},
                           {.begin = 32, .size = 16, .program = {0x0c, 6, 16}},
                           {.begin = 48, .size = 16, .program = outermost}});
  // It is known by its code: mov $15, %rax; syscall.
  const std::string page = std::string(17, '\0') + std::string("\x48\xc7\xc0\x0f\0\0\0\x0f\x05", 9);
  process.memory.put(Address{code}, std::string_view(page));
  process.put_stack({code + 17, 0, code + 32, top + 48, top + 56, 0, 0, 0, code + 50});
  CHECK(process.walk(at(2)) == Ips{2, 17, 32, 50});
}

TEST_CASE("a walk ends at the limit and says so" * elsewhere) {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}}, {.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({code + 1, code + 2, code + 3, code + 20});
  CHECK(process.walk(at(0), 2) == Ips{0, 1});
  CHECK(process.result.cut);
  CHECK(process.walk(at(0), 5) == Ips{0, 1, 2, 3, 20});
  CHECK(!process.result.cut);
}

TEST_CASE("without call frame information the frame pointer leads on, if it can be true" * elsewhere) {
  Process process(ElfImage{{.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({top + 16, code + 5, 0, code + 20});
  CHECK(process.walk(at(0, top)) == Ips{0, 5, 20});
  CHECK(process.walk(at(0, top - 8)) == Ips{0});          // below the stack pointer
  CHECK(process.walk(at(0, top + 3)) == Ips{0});          // nobody aligns so
  CHECK(process.walk(at(0, top + (1 << 24))) == Ips{0});  // far away
  process.put_stack({top + 16, 0x1234, 0, code + 20});
  CHECK(process.walk(at(0, top)) == Ips{0});  // no code there
}

TEST_CASE("code of no file is a frame, and its frame pointer is followed" * elsewhere) {
  Process process(ElfImage{{.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({0, code + 20});
  UnwindRegisters registers = at(0, top);
  registers.ip = {0x7ff000002010};
  CHECK(process.walk(registers) == Ips{0x7ff000002010 - code, 20});
}

TEST_CASE("a stack that leads in circles ends" * elsewhere) {
  SUBCASE("no progress") {
    Process process(ElfImage{{.begin = 0, .size = 16, .program = {0x0e, 0}}});  // CFA is rsp
    process.memory.put(Address{top - 8}, std::string_view("\0\x10\0\0\x55\x55\0\0", 8));
    CHECK(process.walk(at(0)) == Ips{0});
  }
  SUBCASE("through a signal frame") {
    const fakes::Program frame{0x0f, 2, 0x77, 0, 0x10, 16, 2, 0x77, 8, 0x10, 7, 2, 0x77, 16};
    Process process(ElfImage{{.begin = 0, .size = 16, .program = frame, .augmentation = "zRS"}});
    process.put_stack({0, code, top});
    CHECK(process.walk(at(0)) == Ips{0});
  }
}

TEST_CASE("the outer frames are taken from the walk before, as long as what they depended on is the same" * elsewhere) {
  Process process(ElfImage{
      {.begin = 0, .size = 16, .program = {}},
      {.begin = 16, .size = 16, .program = {0x0e, 16}},
      {.begin = 32, .size = 16, .program = {0x0c, 6, 16}},  // CFA is rbp+16
      {.begin = 48, .size = 16, .program = outermost},
  });
  process.put_stack({code + 20, 0, code + 36, 0, 0, code + 50});
  CHECK(process.walk(at(2, top + 32)) == Ips{2, 20, 36, 50});
  const std::size_t words = process.snapshot.words().size();
  SUBCASE("nothing is another") {
    CHECK(process.walk(at(3, top + 32)) == Ips{3, 20, 36, 50});
    CHECK(process.snapshot.words().size() >= words);
    CHECK(process.result.used == (uint64_t{1} << 7 | uint64_t{1} << 6 | uint64_t{0b1111} << 12 | uint64_t{1} << 3));
  }
  SUBCASE("a word of the outer frames is") {
    process.put_stack({code + 20, 0, code + 36, 0, 0, code + 51});
    CHECK(process.walk(at(3, top + 32)) == Ips{3, 20, 36, 51});
  }
  SUBCASE("a word of the inner frames is") {
    process.put_stack({code + 21, 0, code + 36, 0, 0, code + 50});
    CHECK(process.walk(at(3, top + 32)) == Ips{3, 21, 36, 50});
  }
  SUBCASE("a register that an outer frame needs is") {
    process.put_stack({code + 20, 0, code + 36, 0, 0, code + 50, 0, code + 52});
    CHECK(process.walk(at(3, top + 48)) == Ips{3, 20, 36, 52});
  }
  SUBCASE("the limit is") {
    CHECK(process.walk(at(3, top + 32), 3) == Ips{3, 20, 36});
    CHECK(process.result.cut);
    CHECK(process.walk(at(3, top + 32)) == Ips{3, 20, 36, 50});
  }
}

TEST_CASE("what the walk depended on is told" * elsewhere) {
  Process process(ElfImage{{.begin = 0, .size = 16, .program = {}}, {.begin = 16, .size = 16, .program = outermost}});
  process.put_stack({code + 20});
  process.walk(at(0));
  CHECK(process.result.used == uint64_t{1} << 7);
  REQUIRE(process.snapshot.words().size() == 1);
  CHECK(process.snapshot.words()[0].at == top);
  CHECK(process.snapshot.words()[0].value == code + 20);
}

TEST_CASE(
    "code of another ABI is followed by the rows of its files, and addresses of arm64 lose what authenticates them") {
  Process process(ElfImage{{.begin = 0x800, .size = 16, .program = {}}});
  // CFA is sp+16, x29 and x30 below it; then the outermost frame.
  process.rows.rows[0] = {
      .behind = 16,
      .cfa = {.first = 0, .count = 1},
      .return_column = 30,
      .rules = {{.target = 29, .where = {.first = 1, .count = 2}}, {.target = 30, .where = {.first = 3, .count = 2}}},
      .operations = {{.number = 31, .second = 16, .code = DW_OP_bregx},
                     {.code = DW_OP_call_frame_cfa},
                     {.number = ~uint64_t{15}, .code = DW_OP_plus_uconst},
                     {.code = DW_OP_call_frame_cfa},
                     {.number = ~uint64_t{7}, .code = DW_OP_plus_uconst}}};
  process.rows.rows[16] = {.behind = 16,
                           .cfa = {.first = 0, .count = 1},
                           .return_column = 30,
                           .rules = {{.target = 30, .where = {}}},
                           .operations = {{.number = 31, .second = 0, .code = DW_OP_bregx}}};
  process.sp = 31;
  process.put_stack({0, 0x00a7'0000'0000'0000 | (code + 20)});
  UnwindRegisters registers{.abi = Abi::aarch64, .ip = {code + 4}};
  registers.values[31] = top;
  CHECK(process.walk(registers) == Ips{4, 20});
  CHECK(process.result.used == uint64_t{1} << 31);
}

TEST_CASE("where a module has no table, its file is asked, and libunwind goes on behind it" * elsewhere) {
  Process process(
      ElfImage{{.begin = 16, .size = 16, .program = {0x0e, 16}}, {.begin = 32, .size = 16, .program = outermost}});
  process.rows.rows[0] = {.behind = 16,
                          .cfa = {.first = 0, .count = 1},
                          .return_column = 16,
                          .rules = {{.target = 16, .where = {.first = 1, .count = 2}}},
                          .operations = {{.number = 24, .code = DW_OP_breg0 + 7},
                                         {.code = DW_OP_call_frame_cfa},
                                         {.number = ~uint64_t{7}, .code = DW_OP_plus_uconst}}};
  process.put_stack({0, 0, code + 20, 0, code + 40});
  CHECK(process.walk(at(2)) == Ips{2, 20, 40});
  CHECK(process.rows.asked == 1);
  CHECK(process.result.used == uint64_t{1} << 7);
}

TEST_CASE("nothing in the tables is believed beyond what is there" * elsewhere) {
  const ElfImage good{{.begin = 0, .size = 16, .program = {0x42, 0x0e, 32}},
                      {.begin = 16, .size = 16, .program = {0x0f, 3, 0x2f, 0xfd, 0xff}}};  // DW_OP_skip -3
  SUBCASE("an expression that loops") {
    Process process(good);
    CHECK(process.walk(at(20)) == Ips{20});
  }
  SUBCASE("a return address in a register that there is not") {
    ElfImage image = good;
    image.bytes()[ElfImage::frames_at + 8] = 3;  // the version that has a long number there
    constexpr uint8_t column[] = {0xff, 0xff, 0xff, 0x7f, 1, 0x1b, 0, 0};
    std::copy(std::begin(column), std::end(column), image.bytes().begin() + ElfImage::frames_at + 14);
    Process process(image);
    process.put_stack({code + 20, code + 20, code + 20, code + 20});
    CHECK(process.walk(at(2)) == Ips{2});
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
  const auto run = [&](std::vector<Operation> program, Wanted wanted = Wanted::value) {
    return evaluate(program, wanted, {.registers = registers, .cfa = top}, snapshot, used);
  };
  const auto literal = [](unsigned value) { return Operation{.code = static_cast<uint8_t>(DW_OP_lit0 + value)}; };
  const auto plain = [](uint8_t op) { return Operation{.code = op}; };
  CHECK(run({{.code = DW_OP_breg1}, plain(DW_OP_deref)}) == 42);
  CHECK(used == 2);
  CHECK(run({{.code = DW_OP_breg1}}, Wanted::register_) == 42);  // the place where it stands
  CHECK(run({{.number = 2, .code = DW_OP_regx}}, Wanted::register_) == 5);
  CHECK(run({plain(DW_OP_call_frame_cfa), {.number = 16, .code = DW_OP_plus_uconst}, plain(DW_OP_stack_value)},
            Wanted::register_) == top + 16);
  CHECK(run({literal(3), literal(1), plain(DW_OP_minus)}) == 2);
  CHECK(run({{.number = ~uint64_t{0}, .code = DW_OP_breg2}}) == 4);  // 5 - 1
  CHECK(run({{.number = ~uint64_t{1}, .code = DW_OP_const2s}, literal(1), plain(DW_OP_shra)}) == ~uint64_t{0});
  CHECK(run({literal(1), literal(2), plain(DW_OP_swap), plain(DW_OP_minus)}) == 1);
  CHECK(!run({}));
  CHECK(!run({plain(DW_OP_plus)}));                                  // of nothing
  CHECK(!run({{.code = DW_OP_breg3}}));                              // a register that there is not
  CHECK(!run({literal(1), plain(DW_OP_deref)}));                     // cannot be read
  CHECK(!run({plain(DW_OP_stack_value), literal(1)}));               // more behind the end
  CHECK(!run({literal(1), {.number = 65533, .code = DW_OP_skip}}));  // nothing that call frames need
  CHECK(!run(std::vector<Operation>(1000, literal(1))));             // more than it can hold
}
