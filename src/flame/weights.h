// What a flame graph shows of the counted stacks: how much each node weighs, with all that is above it, and the
// children of each in the order of their names.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "stats/stack_counts.h"

namespace ktrace::flame {

enum class By : uint8_t { calls, time, bytes };  // --flame-by

class Weights {
 public:
  using Counts = stats::StackCounts;
  static constexpr uint32_t root = 0;

  // `counts` must outlive it, unchanged.
  Weights(const Counts& counts, By by);

  [[nodiscard]] By by() const { return by_; }
  // Calls, nanoseconds or bytes.
  [[nodiscard]] uint64_t total(uint32_t node) const { return totals_[node]; }
  [[nodiscard]] uint64_t own(uint32_t node) const;
  // Those that weigh something.
  [[nodiscard]] std::span<const uint32_t> children(uint32_t node) const {
    return std::span(children_).subspan(first_[node], first_[node + 1] - first_[node]);
  }
  [[nodiscard]] std::string_view name(uint32_t node) const { return counts_.name(counts_.nodes()[node]); }
  [[nodiscard]] Counts::Kind kind(uint32_t node) const { return counts_.nodes()[node].kind; }

 private:
  const Counts& counts_;
  By by_;
  std::vector<uint64_t> totals_;
  std::vector<uint32_t> first_;  // index of a node's first child among all children, and behind the last node the end
  std::vector<uint32_t> children_;
};

}  // namespace ktrace::flame
