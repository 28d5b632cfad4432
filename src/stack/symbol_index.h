// The functions of one file, by address: which one has a byte, and by which of its names it goes.
//
// Where several have it (aliases, functions inside of others) the first in the symbol table wins, as in strace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ktrace::stack {

class SymbolIndex {
 public:
  struct Entry {
    uint64_t begin = 0;
    uint64_t end = 0;
    const char* name = nullptr;
    uint32_t rank = 0;  // set by add()
  };

  void add(Entry entry);
  // Sorts: to be called once, after the last add().
  void finish();

  // nullptr: no function is there.
  [[nodiscard]] const Entry* find(uint64_t address) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::vector<uint64_t> reach_;  // the highest `end` of this entry and all before it
};

}  // namespace ktrace::stack
