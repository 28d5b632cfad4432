// Whatever a tracee puts into registers and memory, decoding it must not crash, read out of bounds, leave structures
// open or use much memory. Deterministic: the same numbers every time. Worth most under the sanitizers.
#include <doctest/doctest.h>

#include <random>

#include "decode/decoder.h"
#include "fakes/fake_descriptors.h"
#include "fakes/recording_sink.h"
#include "spec/lookup.h"

namespace ktrace {
namespace {

// Memory without end, except for holes: what is read depends on the address alone.
class HostileMemory : public Memory {
 public:
  explicit HostileMemory(uint32_t seed) : seed_(seed) {}

  std::size_t read(Address from, std::span<uint8_t> to) override {
    largest = std::max(largest, to.size());
    for (std::size_t k = 0; k < to.size(); ++k) {
      const uint64_t at = from.value + k;
      if (at < 0x1000 || hash(at >> 8, 1) % 8 == 0) return k;
      to[k] = byte(at);
    }
    return to.size();
  }

  std::size_t largest = 0;

 private:
  [[nodiscard]] uint32_t hash(uint64_t value, uint32_t salt) const {
    uint64_t x = value * 0x9e3779b97f4a7c15 + seed_ + salt;
    x ^= x >> 29;
    x *= 0xbf58476d1ce4e5b9;
    return static_cast<uint32_t>(x >> 32);
  }
  // Mostly small numbers and pointers to more of the same, so that structures are entered.
  [[nodiscard]] uint8_t byte(uint64_t at) const {
    const uint32_t kind = hash(at >> 3, 2) % 4;
    if (kind == 0) return static_cast<uint8_t>(hash(at, 3));
    if (kind == 1) return at % 4 == 0 ? static_cast<uint8_t>(hash(at, 4) % 32) : 0;
    if (kind == 2) return at % 8 == 1 || at % 8 == 2 ? static_cast<uint8_t>(hash(at, 5)) : 0;
    return 0;
  }

  uint32_t seed_;
};

uint64_t hostile_number(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return random() % 64;
    case 1: return 0x1000 + random() % 0x100000;
    case 2: return uint64_t{1} << random() % 64;
    case 3: return ~uint64_t{0} - random() % 200;
    case 4: return random() & 0xffff;
    default: return random();
  }
}

void decode_once(Abi abi, const spec::Row& row, std::mt19937_64& random, decode::Decoder& decoder) {
  HostileMemory memory(static_cast<uint32_t>(random()));
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
    arg = hostile_number(random);
    if (is_32_bit(abi)) arg &= 0xffffffff;
  }
  decode::Decoder::identify(call, memory);
  CHECK_FALSE(call.name.empty());
  decoder.touches(call, {memory, descriptors}, {.path = [](std::string_view) { return false; }, .fd = {}});
  decoder.entry(call, {memory, descriptors}, sink, options);
  call.outcome.value = static_cast<int64_t>(hostile_number(random));
  call.outcome.is_error = call.outcome.value < 0 && call.outcome.value >= -4095;
  decoder.exit(call, {memory, descriptors}, sink, options);
  CHECK_MESSAGE(sink.depth == 0, call.name);
  CHECK_MESSAGE(memory.largest <= (std::size_t{1} << 16), call.name);
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
  HostileMemory memory(1);
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
