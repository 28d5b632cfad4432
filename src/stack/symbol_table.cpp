// See symbol_table.h.
#include "stack/symbol_table.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace ktrace::stack {

void SymbolTable::add(uint64_t begin, uint64_t size, std::string_view name) {
  if (begin + size <= begin || names_.size() + name.size() >= UINT32_MAX) return;
  functions_.push_back({.begin = begin,
                        .end = begin + size,
                        .reach = 0,
                        .name = static_cast<uint32_t>(names_.size()),
                        .rank = static_cast<uint32_t>(functions_.size())});
  names_.append(name).push_back('\0');
}

void SymbolTable::finish() {
  std::sort(functions_.begin(), functions_.end(), [](const Function& a, const Function& b) {
    return std::tie(a.begin, a.end, a.rank) < std::tie(b.begin, b.end, b.rank);
  });
  // Of aliases only the first will ever be shown.
  const auto last = std::unique(functions_.begin(), functions_.end(), [](const Function& a, const Function& b) {
    return a.begin == b.begin && a.end == b.end;
  });
  functions_.erase(last, functions_.end());
  functions_.shrink_to_fit();
  std::string names;
  uint64_t reach = 0;
  for (Function& function : functions_) {
    const char* name = names_.data() + function.name;
    function.name = static_cast<uint32_t>(names.size());
    names.append(name).push_back('\0');
    function.reach = reach = std::max(reach, function.end);
  }
  names_ = std::move(names);
}

std::optional<uint64_t> SymbolTable::address_of(uint64_t offset) const {
  // What is mapped are whole pages, so that a segment also brings along bytes of its neighbours in the file.
  constexpr uint64_t page = 4096;
  const Segment* best = nullptr;
  int best_fit = 0;
  for (const Segment& segment : segments_) {
    const bool inside = offset >= segment.offset && offset - segment.offset < segment.size;
    const uint64_t first = segment.offset & ~(page - 1);
    const bool on_its_pages = offset >= first && offset - first < segment.size + 2 * page;
    const int fit = (inside ? 4 : on_its_pages ? 2 : 0) + (segment.executable != 0 ? 1 : 0);
    if ((inside || on_its_pages) && fit > best_fit) best = &segment, best_fit = fit;
  }
  if (!best) return std::nullopt;
  return offset - best->offset + best->address;
}

std::optional<SymbolTable::Found> SymbolTable::find(uint64_t address) const {
  const auto above = std::upper_bound(functions_.begin(), functions_.end(), address,
                                      [](uint64_t value, const Function& function) { return value < function.begin; });
  const Function* best = nullptr;
  for (auto i = static_cast<std::size_t>(above - functions_.begin()); i > 0 && functions_[i - 1].reach > address; i--) {
    const Function& function = functions_[i - 1];
    if (function.end > address && (!best || function.rank < best->rank)) best = &function;
  }
  if (!best) return std::nullopt;
  return Found{.name = names_.data() + best->name, .offset = address - best->begin};
}

std::size_t SymbolTable::bytes() const {
  return segments_.capacity() * sizeof(Segment) + functions_.capacity() * sizeof(Function) + names_.capacity();
}

std::vector<uint8_t> SymbolTable::pack() const {
  const uint64_t sizes[3] = {segments_.size(), functions_.size(), names_.size()};
  std::vector<uint8_t> bytes(sizeof sizes + segments_.size() * sizeof(Segment) + functions_.size() * sizeof(Function) +
                             names_.size());
  std::size_t used = 0;
  const auto append = [&](const void* data, std::size_t size) {
    if (size != 0) std::memcpy(bytes.data() + used, data, size);
    used += size;
  };
  append(sizes, sizeof sizes);
  append(segments_.data(), segments_.size() * sizeof(Segment));
  append(functions_.data(), functions_.size() * sizeof(Function));
  append(names_.data(), names_.size());
  return bytes;
}

std::optional<SymbolTable> SymbolTable::unpack(std::span<const uint8_t> bytes) {
  uint64_t sizes[3] = {};
  if (bytes.size() < sizeof sizes) return std::nullopt;
  std::memcpy(sizes, bytes.data(), sizeof sizes);
  bytes = bytes.subspan(sizeof sizes);
  SymbolTable table;
  const auto take = [&](auto& to, uint64_t count) {
    const std::size_t each = sizeof to[0];
    if (count > bytes.size() / each) return false;
    to.resize(count);
    if (count != 0) std::memcpy(to.data(), bytes.data(), count * each);
    bytes = bytes.subspan(count * each);
    return true;
  };
  if (!take(table.segments_, sizes[0]) || !take(table.functions_, sizes[1]) || !take(table.names_, sizes[2]) ||
      !bytes.empty()) {
    return std::nullopt;
  }
  // A name ends where the last NUL is, at the latest. The order matters only for what is found, not for where is read.
  if (!table.names_.empty() && table.names_.back() != '\0') return std::nullopt;
  const auto points_out = [&](const Function& function) { return function.name >= table.names_.size(); };
  if (std::any_of(table.functions_.begin(), table.functions_.end(), points_out)) return std::nullopt;
  return table;
}

}  // namespace ktrace::stack
