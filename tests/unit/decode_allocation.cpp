// Decoding allocates nothing once its buffers have grown: counted with an operator new of our own.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "decode/decoder.h"
#include "fakes/fake_descriptors.h"
#include "fakes/hostile_memory.h"
#include "fakes/silent_sink.h"
#include "spec/lookup.h"

namespace {
unsigned long allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace ktrace {

TEST_CASE("decoding allocates nothing in the steady state") {
  decode::Decoder decoder;
  decode::Options options;
  fakes::FakeDescriptors descriptors;
  fakes::SilentSink sink;
  CallState call;
  std::string culprits;
  culprits.reserve(4096);
  for (unsigned k = 0; k < abi_count; ++k) {
    call.abi = static_cast<Abi>(k);
    for (const spec::Row& row : spec::rows_of(call.abi)) {
      unsigned long before = 0;
      for (unsigned pass = 0; pass < 2; ++pass) {  // the first lets the buffers grow
        before = allocations;
        std::mt19937_64 random(row.number);
        fakes::HostileMemory memory(row.number);
        call.number = row.number;
        for (uint64_t& arg : call.args) arg = fakes::hostile_number(random);
        decode::Decoder::identify(call, memory);
        decoder.entry(call, {memory, descriptors}, sink, options);
        call.outcome = {.value = 3};
        decoder.exit(call, {memory, descriptors}, sink, options);
      }
      if (allocations != before) culprits.append(call.name).append(" ");
    }
  }
  CHECK(culprits == "");
  CHECK(sink.events > 1000);
}

}  // namespace ktrace
