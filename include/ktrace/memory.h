// What the decoder may know of a tracee's memory: bytes at an address. Implemented by the tracer (a live tracee), by
// tests (FakeMemory), and by whatever replays recorded reads. Never fails: what cannot be read is simply not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ktrace/base/ids.h"

namespace ktrace {

class Memory {
 public:
  virtual ~Memory() = default;

  // Copies the bytes at `from` into `to`, up to the first that is not readable. Returns how many were copied.
  virtual std::size_t read(Address from, std::span<uint8_t> to) = 0;

  // True if all of `to` was filled.
  bool read_all(Address from, std::span<uint8_t> to) { return read(from, to) == to.size(); }
};

}  // namespace ktrace
