// See symbol_index.h.
#include "stack/symbol_index.h"

#include <algorithm>

namespace ktrace::stack {

void SymbolIndex::add(Entry entry) {
  entry.rank = static_cast<uint32_t>(entries_.size());
  entries_.push_back(entry);
}

void SymbolIndex::finish() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
  reach_.clear();
  reach_.reserve(entries_.size());
  uint64_t reach = 0;
  for (const Entry& entry : entries_) reach_.push_back(reach = std::max(reach, entry.end));
}

const SymbolIndex::Entry* SymbolIndex::find(uint64_t address) const {
  const auto above = std::upper_bound(entries_.begin(), entries_.end(), address,
                                      [](uint64_t value, const Entry& entry) { return value < entry.begin; });
  const Entry* best = nullptr;
  for (auto i = static_cast<std::size_t>(above - entries_.begin()); i > 0 && reach_[i - 1] > address; i--) {
    const Entry& entry = entries_[i - 1];
    if (entry.end > address && (!best || entry.rank < best->rank)) best = &entry;
  }
  return best;
}

}  // namespace ktrace::stack
