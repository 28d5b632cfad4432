// See weights.h.
#include "flame/weights.h"

#include <algorithm>
#include <tuple>

namespace ktrace::flame {

uint64_t Weights::own(uint32_t node) const {
  const Counts::Counted& own = counts_.nodes()[node].own;
  switch (by_) {
    case By::calls: return own.calls;
    case By::time: return static_cast<uint64_t>(own.time.count());
    case By::bytes: return own.bytes;
  }
  return 0;
}

Weights::Weights(const Counts& counts, By by) : counts_(counts), by_(by) {
  const auto& nodes = counts.nodes();
  totals_.resize(nodes.size());
  first_.assign(nodes.size() + 1, 0);
  for (auto node = static_cast<uint32_t>(nodes.size()); node-- > 0;) {
    totals_[node] += own(node);
    if (node != root) totals_[nodes[node].parent] += totals_[node];
  }
  // Sorted by parent: children of the first, of the second, ...
  for (uint32_t node = 1; node < nodes.size(); ++node) {
    if (totals_[node] == 0) continue;
    children_.push_back(node);
    ++first_[nodes[node].parent + 1];
  }
  for (std::size_t node = 0; node < nodes.size(); ++node) first_[node + 1] += first_[node];
  std::sort(children_.begin(), children_.end(), [&](uint32_t a, uint32_t b) {
    return std::make_tuple(nodes[a].parent, name(a), a) < std::make_tuple(nodes[b].parent, name(b), b);
  });
}

}  // namespace ktrace::flame
