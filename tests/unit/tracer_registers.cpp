// The register sets of every architecture, as bytes, on whatever host the test runs.

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "arch/regsets.h"

namespace ktrace::arch {
namespace {

template <class Word>
std::vector<uint8_t> counted(std::size_t words) {
  std::vector<uint8_t> bytes(words * sizeof(Word));
  for (std::size_t i = 0; i < words; ++i) {
    const auto value = static_cast<Word>(100 + i);
    std::memcpy(bytes.data() + i * sizeof(Word), &value, sizeof value);
  }
  return bytes;
}

template <class Word>
void set(std::vector<uint8_t>& bytes, std::size_t word, Word value) {
  std::memcpy(bytes.data() + word * sizeof value, &value, sizeof value);
}

using Args = std::array<uint64_t, 6>;

TEST_CASE("a 64-bit x86 set is read by the x86_64 conventions") {
  const auto r = x86_registers(counted<uint64_t>(27));
  REQUIRE(r);
  CHECK(r->abi == Abi::x86_64);
  CHECK(r->number == 115);                               // orig_rax
  CHECK(r->args == Args{114, 113, 112, 107, 109, 108});  // rdi rsi rdx r10 r8 r9
  CHECK(r->result == 110);
  CHECK(r->ip == Address{116});
  CHECK(r->sp == Address{119});
}

TEST_CASE("a 64-bit x86 set with a 32-bit code segment, or read as i386, has i386 arguments") {
  auto bytes = counted<uint64_t>(27);
  set<uint64_t>(bytes, 5, 0xffff'ffff'0000'0001);  // rbx
  const auto read_as = x86_registers(bytes, Abi::i386);
  REQUIRE(read_as);
  CHECK(read_as->abi == Abi::i386);
  CHECK(read_as->args == Args{1, 111, 112, 113, 114, 104});
  set<uint64_t>(bytes, 17, 0x23);
  set<uint64_t>(bytes, 10, 0xffff'ffda);  // eax: -38
  const auto by_segment = x86_registers(bytes);
  REQUIRE(by_segment);
  CHECK(by_segment->abi == Abi::i386);
  CHECK(by_segment->result == -38);
}

TEST_CASE("a 32-bit x86 set is i386, with a sign-extended result") {
  auto bytes = counted<uint32_t>(17);
  set<uint32_t>(bytes, 6, 0xffff'fff2);
  const auto r = x86_registers(bytes);
  REQUIRE(r);
  CHECK(r->abi == Abi::i386);
  CHECK(r->number == 111);
  CHECK(r->args == Args{100, 101, 102, 103, 104, 105});
  CHECK(r->result == -14);
}

TEST_CASE("a set of another size is nobody's") {
  CHECK(!x86_registers(counted<uint64_t>(26)));
  CHECK(!arm_registers(counted<uint64_t>(33), {}));
  CHECK(!x86_is_exit(counted<uint64_t>(1)));
  CHECK(!arm_is_exit(counted<uint64_t>(1)));
}

TEST_CASE("x86 registers tell an exit unless the result is ENOSYS") {
  auto bytes = counted<uint64_t>(27);
  CHECK(x86_is_exit(bytes) == true);
  set<int64_t>(bytes, 10, -38);
  CHECK(!x86_is_exit(bytes));
}

TEST_CASE("a 64-bit arm set is read by the aarch64 conventions, the number from its own set") {
  const auto bytes = counted<uint64_t>(34);
  const auto plain = arm_registers(bytes, {});
  REQUIRE(plain);
  CHECK(plain->abi == Abi::aarch64);
  CHECK(plain->number == 108);
  CHECK(plain->args == Args{100, 101, 102, 103, 104, 105});
  CHECK(plain->sp == Address{131});
  CHECK(plain->ip == Address{132});
  CHECK(arm_registers(bytes, 63)->number == 63);
  CHECK(arm_registers(bytes, -1)->number == ~uint64_t{0});
}

TEST_CASE("a 32-bit arm set has its first argument in orig_r0 and its number in r7") {
  auto bytes = counted<uint32_t>(18);
  set<uint32_t>(bytes, 0, 0xffff'ffff);
  const auto r = arm_registers(bytes, {});
  REQUIRE(r);
  CHECK(r->abi == Abi::arm);
  CHECK(r->number == 107);
  CHECK(r->args == Args{117, 101, 102, 103, 104, 105});
  CHECK(r->result == -1);
  CHECK(r->ip == Address{115});
}

TEST_CASE("arm registers tell entry from exit in x7, r12 for 32-bit code") {
  auto wide = counted<uint64_t>(34);
  CHECK(arm_is_exit(wide) == true);
  set<uint64_t>(wide, 7, 0);
  CHECK(arm_is_exit(wide) == false);
  auto narrow = counted<uint32_t>(18);
  set<uint32_t>(narrow, 12, 0);
  CHECK(arm_is_exit(narrow) == false);
}

}  // namespace
}  // namespace ktrace::arch
