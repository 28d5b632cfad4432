// Whatever a tracee puts into registers and memory, decoding it must not crash, read out of bounds, leave structures
// open or use much memory. Deterministic: the same numbers every time. Worth most under the sanitizers.
#include <doctest/doctest.h>

#include <random>

#include "decode/decoder.h"
#include "fakes/fake_descriptors.h"
#include "fakes/hostile_memory.h"
#include "fakes/recording_sink.h"
#include "spec/lookup.h"

namespace ktrace {
namespace {

constexpr std::size_t largest_read = std::size_t{1} << 20;  // a buffer of directory entries is read as a whole

void decode_once(Abi abi, const spec::Row& row, std::mt19937_64& random, decode::Decoder& decoder) {
  fakes::HostileMemory memory(static_cast<uint32_t>(random()));
  fakes::FakeDescriptors descriptors;
  descriptors.sockets[3] = {16, 0};
  fakes::RecordingSink sink;
  decode::Options options;
  options.abbreviate = random() % 2 == 0;
  options.dereference = random() % 8 != 0;
  options.string_limit = random() % 4 == 0 ? 3 : 32;
  CallState call;
  call.abi = abi;
  call.number = row.number;
  for (uint64_t& arg : call.args) {
    arg = fakes::hostile_number(random);
    if (is_32_bit(abi)) arg &= 0xffffffff;
  }
  decode::Decoder::identify(call, memory);
  CHECK_FALSE(call.name.empty());
  decoder.touches(call, {memory, descriptors}, {.path = [](std::string_view) { return false; }, .fd = {}});
  decoder.entry(call, {memory, descriptors}, sink, options);
  call.outcome.value = static_cast<int64_t>(fakes::hostile_number(random));
  call.outcome.is_error = call.outcome.value < 0 && call.outcome.value >= -4095;
  decoder.exit(call, {memory, descriptors}, sink, options);
  CHECK_MESSAGE(sink.depth == 0, call.name);
  CHECK_MESSAGE(memory.largest <= largest_read, call.name);
}

}  // namespace

TEST_CASE("any registers and memory can be decoded") {
  std::mt19937_64 random(20260101);
  decode::Decoder decoder;
  for (unsigned k = 0; k < abi_count; ++k) {
    const Abi abi = static_cast<Abi>(k);
    for (const spec::Row& row : spec::rows_of(abi)) {
      for (unsigned round = 0; round < 4; ++round) decode_once(abi, row, random, decoder);
    }
  }
}

TEST_CASE("any bytes can be a siginfo") {
  std::mt19937_64 random(20260102);
  decode::Decoder decoder;
  fakes::HostileMemory memory(1);
  fakes::FakeDescriptors descriptors;
  for (unsigned round = 0; round < 2000; ++round) {
    std::vector<uint8_t> bytes(random() % 8 == 0 ? random() % 200 : 128);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() % 3 == 0 ? random() : 0);
    fakes::RecordingSink sink;
    const Abi abi = static_cast<Abi>(random() % abi_count);
    decoder.siginfo(bytes, abi, {memory, descriptors}, sink, decode::Options{});
    CHECK(sink.depth == 0);
    CHECK_FALSE(sink.text.empty());
  }
}

}  // namespace ktrace
