// See stack_table.h.
#include "stats/stack_table.h"

#include <algorithm>
#include <tuple>

namespace ktrace::stats {
namespace {

using Align = Column::Align;
using Width = Column::Width;
using Counted = StackCounts::Counted;

Row numbers(const Counted& counted, Nanoseconds all) {
  return {Cell::of_percent(percent(counted.time, all)), Cell::of_seconds(counted.time), Cell::of_count(counted.calls),
          Cell::of_count_if_any(counted.errors), Cell::of_count(counted.bytes)};
}

// Of a row that is of no stack.
Row named(const Counted& counted, Nanoseconds all, std::string_view name) {
  Row row = numbers(counted, all);
  row.insert(row.end(), {Cell{}, Cell{}, Cell::of_list({std::string(name)})});
  return row;
}

}  // namespace

Row StackTable::cells(const Node& leaf, Nanoseconds all) const {
  const auto& nodes = counts_.nodes();
  if (leaf.kind != StackCounts::Kind::call) return named(leaf.own, all, counts_.name(leaf));
  std::vector<std::string> frames;
  const Node* node = &nodes[leaf.parent];
  for (; node->kind == StackCounts::Kind::frame; node = &nodes[node->parent]) frames.emplace_back(counts_.name(*node));
  Row row = numbers(leaf.own, all);
  row.insert(row.end(),
             {Cell::of_text(counts_.name(*node)), Cell::of_text(counts_.name(leaf)), Cell::of_list(std::move(frames))});
  return row;
}

void StackTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  static_cast<void>(now);
  std::vector<const Node*> leaves;
  Counted all, others;
  for (const Node& node : counts_.nodes()) {
    if (node.own.calls == 0) continue;
    leaves.push_back(&node);
    all.add(node.own);
  }
  // The order of nodes is that of their appearance.
  std::stable_sort(leaves.begin(), leaves.end(), [](const Node* a, const Node* b) {
    return std::tie(a->own.time, a->own.calls) > std::tie(b->own.time, b->own.calls);
  });
  Table made{.name = "stacks",
             .title = "Stacks",
             .columns = {{"percent", "% time", 6},
                         {"time", "seconds", 11},
                         {"calls", "calls", 9},
                         {"errors", "errors", 9},
                         {"bytes", "bytes", 12},
                         {"program", "program", 8, Align::left, Width::grows},
                         {"name", "syscall", 8, Align::left, Width::grows},
                         {"stack", "stack, innermost first", 16, Align::left, Width::grows}}};
  const Cut cut = stats::cut(leaves.size(), top);
  for (std::size_t i = 0; i < cut.shown; ++i) made.rows.push_back(cells(*leaves[i], all.time));
  for (std::size_t i = cut.shown; i < leaves.size(); ++i) others.add(leaves[i]->own);
  made.folded = cut.folded;
  if (cut.folded) made.others = named(others, all.time, others_name(cut.folded));
  made.total = named(all, all.time, "total");
  to.push_back(std::move(made));
}

}  // namespace ktrace::stats
