// See folded.h.
#include "flame/folded.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "base/append.h"

namespace ktrace::flame {
namespace {

uint64_t shown(const Weights& weights, uint32_t node) {
  const uint64_t weight = weights.own(node);
  return weights.by() == By::time ? (weight + 500) / 1000 : weight;
}

}  // namespace

// Depth first, without recursion: a stack may be as deep as it likes.
void write_folded(output::Writer& to, const Weights& weights) {
  struct Step {
    uint32_t node;
    std::size_t before;  // length of the path that leads to it
  };
  std::string path;
  std::vector<Step> ahead;
  const auto go_on = [&](uint32_t node) {
    const auto children = weights.children(node);
    for (auto child = children.rbegin(); child != children.rend(); ++child) ahead.push_back({*child, path.size()});
  };
  go_on(Weights::root);
  while (!ahead.empty()) {
    const Step step = ahead.back();
    ahead.pop_back();
    path.resize(step.before);
    if (!path.empty()) path.push_back(';');
    const std::string_view name = weights.name(step.node);
    std::replace_copy(name.begin(), name.end(), std::back_inserter(path), ';', ':');
    if (const uint64_t weight = shown(weights, step.node); weight != 0) {
      to.buffer().append(path).push_back(' ');
      base::append_decimal(to.buffer(), weight);
      to.buffer().push_back('\n');
      if (to.is_full()) to.flush();
    }
    go_on(step.node);
  }
}

}  // namespace ktrace::flame
