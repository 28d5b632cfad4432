// The part of a stopped tracee's stack that unwinding looks at, read in one piece: most walks need no second one. All
// words that were asked for are kept, so that a walk that would see the same words need not be made again (memo.h).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ktrace/memory.h"

namespace ktrace::stack {

class Snapshot {
 public:
  struct Word {
    uint64_t at;
    uint64_t value;
  };

  // A new stop. `bytes`: how much of the stack will be needed, as far as that is known; 0: it is not.
  void begin(Memory& memory, uint64_t stack_pointer, unsigned word_bytes, std::size_t bytes = 0);

  // False: it cannot be read.
  bool read(uint64_t at, uint64_t& value);
  // The same, without keeping it in mind.
  bool peek(uint64_t at, uint64_t& value);

  // As if it had been read.
  void note(const Word& word) { words_.push_back(word); }

  [[nodiscard]] std::span<const Word> words() const { return words_; }
  [[nodiscard]] unsigned word_bytes() const { return word_bytes_; }

 private:
  bool extend(uint64_t at);

  Memory* memory_ = nullptr;
  uint64_t base_ = 0;  // of bytes_
  std::size_t filled_ = 0;
  std::vector<uint8_t> bytes_;
  std::vector<Word> words_;
  unsigned word_bytes_ = 8;
};

}  // namespace ktrace::stack
