// What -e read= and -e write= take from a tracee's memory, by the shape of the call.
#include <doctest/doctest.h>

#include <fmt/core.h>

#include <string>

#include "decode/decoder.h"
#include "fakes/fake_memory.h"
#include "output/null_sink.h"
#include "spec/lookup.h"

namespace ktrace {
namespace {

// Notes every piece: `[2]` a message of two buffers, `(3)` a buffer of three bytes.
class Noter : public output::NullSink {
 public:
  void dump(const Subject&, CallState&, const Dump& piece) override {
    switch (piece.kind) {
      case Dump::Kind::vector: text += fmt::format("[{}]", piece.length); return;
      case Dump::Kind::buffer: text += fmt::format("({})", piece.length); return;
      case Dump::Kind::bytes: text.append(piece.bytes); return;
    }
  }
  std::string text;
};

struct Made {
  std::string_view name;
  std::array<uint64_t, 6> args;
  int64_t result;
  Abi abi = Abi::x86_64;
};

CallState returned(const Made& made, Memory& memory) {
  CallState call;
  call.abi = made.abi;
  call.number = spec::find_row(made.abi, made.name)->number;
  call.args = made.args;
  decode::Decoder::identify(call, memory);
  call.outcome = {.value = made.result, .is_error = made.result < 0};
  return call;
}

std::string dumped(std::string_view name, std::array<uint64_t, 6> args, int64_t result, Memory& memory,
                   Abi abi = Abi::x86_64) {
  CallState call = returned({name, args, result, abi}, memory);
  Noter noter;
  const auto three = [](int fd) { return fd == 3; };
  decode::Decoder::dump({}, call, memory, noter, {.read = three, .write = three});
  return noter.text;
}

fakes::FakeMemory words(std::initializer_list<uint64_t> values) {
  fakes::FakeMemory memory;
  std::string bytes;
  for (const uint64_t value : values) bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  memory.put({0x1000}, bytes);
  memory.put({0x9000}, "hello, world");
  return memory;
}

}  // namespace

TEST_CASE("reads are shown as far as they went, writes also if they failed") {
  fakes::FakeMemory memory = words({});
  CHECK(dumped("read", {3, 0x9000, 12}, 5, memory) == "hello");
  CHECK(dumped("read", {3, 0x9000, 12}, -11, memory).empty());
  CHECK(dumped("read", {4, 0x9000, 12}, 5, memory).empty());
  CHECK(dumped("write", {3, 0x9000, 12}, 5, memory) == "hello, world");
  CHECK(dumped("write", {3, 0x9000, 12}, -9, memory) == "hello, world");
  CHECK(dumped("write", {3, 0x9000, 13}, 13, memory).empty());  // not all of it can be read
  CHECK(dumped("lseek", {3, 0x9000, 12}, 5, memory).empty());
}

TEST_CASE("buffers end with the data, and at an empty one") {
  fakes::FakeMemory memory = words({0x9000, 5, 0x9007, 5, 0x9000, 0, 0x9000, 3});
  CHECK(dumped("readv", {3, 0x1000, 4}, 7, memory) == "(5)hello(2)wo");
  CHECK(dumped("writev", {3, 0x1000, 4}, 13, memory) == "(5)hello(5)world");
  CHECK(dumped("writev", {3, 0x1000, 1}, -9, memory) == "(5)hello");
}

TEST_CASE("no more is read than the kernel would have moved") {
  // Every word of this memory says 2^41: as an address, as a length and as a count.
  class Endless : public Memory {
   public:
    std::size_t read(Address, std::span<uint8_t> to) override {
      for (std::size_t k = 0; k < to.size(); ++k) to[k] = k % 8 == 5 ? 2 : 0;
      ++reads;
      return to.size();
    }
    uint64_t reads = 0;
  };
  constexpr uint64_t huge = uint64_t{1} << 41;
  for (const auto& call : {std::pair{"write", -9}, {"writev", -9}, {"sendmsg", -9}, {"sendmmsg", 1 << 30}}) {
    Endless memory;
    dumped(call.first, {3, huge, huge, huge}, call.second, memory);
    CHECK_MESSAGE(memory.reads < 10'000'000, call.first);
  }
}

TEST_CASE("messages have buffers of their own") {
  fakes::FakeMemory memory = words({0, 0, 0x1080, 1, 0, 0, 0, 4, 0, 0, 0x1080, 1, 0, 0, 0, 2, 0x9000, 5});
  CHECK(dumped("sendmsg", {3, 0x1000, 0}, 5, memory) == "(5)hello");
  CHECK(dumped("recvmsg", {3, 0x1000, 0}, 3, memory) == "(3)hel");
  CHECK(dumped("sendmmsg", {3, 0x1000, 2, 0}, 2, memory) == "[1](5)hello[1](5)hello");
  CHECK(dumped("recvmmsg", {3, 0x1000, 2, 0, 0}, 2, memory) == "[1](4)hell[1](2)he");
  CHECK(dumped("sendmmsg", {3, 0x1000, 2, 0}, -9, memory).empty());
}

TEST_CASE("how many bytes a call moved") {
  fakes::FakeMemory memory = words({0, 0, 0, 0, 0, 0, 0, 400, 0, 0, 0, 0, 0, 0, 0, 20});
  const auto moved = [&](const Made& made) { return decode::Decoder::moved(returned(made, memory), memory); };
  CHECK(moved({"read", {3, 0x9000, 12}, 5}).read == 5);
  CHECK(moved({"read", {3, 0x9000, 12}, -11}).bytes() == 0);
  CHECK(moved({"writev", {3, 0x1000, 1}, 7}).written == 7);
  CHECK(moved({"sendfile", {4, 3, 0, 9}, 9}).between == 9);
  CHECK(moved({"splice", {4, 0, 3, 0, 9}, 9}).bytes() == 9);
  CHECK(moved({"lseek", {3, 9, 0}, 9}).bytes() == 0);
  CHECK(moved({"openat", {3, 0, 0}, 9}).opened == 9);
  // The result counts messages, each of which knows its bytes.
  CHECK(moved({"recvmmsg", {3, 0x1000, 9, 0, 0}, 1}).read == 400);
  CHECK(moved({"sendmmsg", {3, 0x1000, 9, 0}, 2}).written == 420);
  CHECK(moved({"sendmmsg", {3, 0x1000, 9, 0}, 3}).written == 420);  // the third cannot be read
  CHECK(moved({"sendmmsg", {3, 0, 9, 0}, INT64_MAX}).bytes() == 0);
  fakes::FakeMemory narrow = words({0, 0, 0, uint64_t{5} << 32, 0, 0, 0, uint64_t{6} << 32});
  CHECK(decode::Decoder::moved(returned({"sendmmsg", {3, 0x1000, 9, 0}, 2, Abi::i386}, narrow), narrow).bytes() == 11);
}

TEST_CASE("words of a 32-bit program have four bytes") {
  fakes::FakeMemory memory = words({uint64_t{5} << 32 | 0x9000});
  CHECK(dumped("writev", {3, 0x1000, 1}, 5, memory, Abi::i386) == "(5)hello");
}

}  // namespace ktrace
