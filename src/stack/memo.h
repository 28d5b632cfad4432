// Walks that were made, by where they began. A loop that calls from the same place has the same stack each time: if
// the registers and the words of memory that a walk depended on are the same, so is its result, and one read of the
// stack and a comparison are all that is left to do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ktrace/registers.h"
#include "stack/snapshot.h"

namespace ktrace::stack {

struct KeptStack;

class Memo {
 public:
  struct Place {
    uint64_t process = 0;
    uint64_t generation = 0;  // of its mappings
    Address ip;
    uint64_t sp = 0;
  };
  struct Entry {
    Place place;
    std::vector<std::pair<unsigned, uint64_t>> registers;
    std::vector<Snapshot::Word> words;
    std::size_t stack_bytes = 0;  // from sp to the last word; 0: they are not near each other
    std::shared_ptr<const KeptStack> result;
  };

  // The walk made last from there; nullptr: none. Whether it is still true remains to be seen: holds().
  Entry* find(const Place& place);
  static bool holds(const Entry& entry, const UnwindRegisters& registers, Snapshot& stack);
  // The same of a walk that depended on no register but the stack pointer, which is part of the place: most do not.
  static bool holds_by_itself(const Entry& entry, unsigned stack_pointer, Snapshot& stack);
  void keep(const Place& place, const UnwindRegisters& registers, uint64_t used, const Snapshot& stack,
            std::shared_ptr<const KeptStack> result);

 private:
  static constexpr std::size_t size = 1024;  // a power of two
  static std::size_t slot(const Place& place);
  std::vector<Entry> entries_ = std::vector<Entry>(size);
};

}  // namespace ktrace::stack
