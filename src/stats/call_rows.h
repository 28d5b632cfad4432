// Something for each system call that was made, found quickly: mostly the row that was last counted under the same
// number. Two calls may share a number (socketcall and its sub-calls), so the name decides. A program can make calls
// of as many numbers as it likes; beyond a bound they share one row.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ktrace/call.h"

namespace ktrace::stats {

template <class Row>
class CallRows {
 public:
  static constexpr std::size_t most_rows = 10000;

  struct Entry {
    std::string name;
    uint64_t number = 0;
    Abi abi = native_abi;
    Row row{};
  };

  Row& of(const CallState& call) { return entry(call).row; }

  Entry& entry(const CallState& call) {
    auto& latest_of_abi = latest_[index(call.abi)];
    uint32_t* latest = call.number < latest_of_abi.size() ? &latest_of_abi[call.number] : nullptr;
    if (latest && *latest && entries_[*latest - 1].name == call.name) return entries_[*latest - 1];
    const std::size_t at = find(call);
    if (latest) *latest = static_cast<uint32_t>(at) + 1;
    return entries_[at];
  }

  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  void clear() {
    entries_.clear();
    index_.clear();
    latest_ = {};
  }

 private:
  template <class Text>
  struct Key {
    Abi abi;
    uint64_t number;
    Text name;
  };
  struct Less {
    using is_transparent = void;
    bool operator()(const auto& a, const auto& b) const {
      if (a.abi != b.abi) return a.abi < b.abi;
      if (a.number != b.number) return a.number < b.number;
      const std::string_view one = a.name, other = b.name;
      return one < other;
    }
  };

  std::size_t find(const CallState& call) {
    Key<std::string_view> key{call.abi, call.number, call.name};
    if (const auto found = index_.find(key); found != index_.end()) return found->second;
    if (entries_.size() >= most_rows) {
      key = {call.abi, ~uint64_t{0}, "(others)"};
      if (const auto found = index_.find(key); found != index_.end()) return found->second;
    }
    entries_.push_back({.name = std::string(key.name), .number = key.number, .abi = key.abi});
    index_.emplace(Key<std::string>{key.abi, key.number, std::string(key.name)}, entries_.size() - 1);
    return entries_.size() - 1;
  }

  std::vector<Entry> entries_;
  std::map<Key<std::string>, std::size_t, Less> index_;
  std::array<std::array<uint32_t, 512>, abi_count> latest_{};  // by number: 1 + the row last counted under it
};

}  // namespace ktrace::stats
