// --stats=stacks: which places in the programs made the calls, a row for each stack and call. Stacks are told apart by
// the names of their functions.
#pragma once

#include "stats/stack_counts.h"
#include "stats/statistic.h"

namespace ktrace::stats {

class StackTable final : public Statistic {
 public:
  StackTable(Tasks& tasks, Nanoseconds overhead) : counts_(tasks, overhead) {}

  void stack(const Subject& who, const Stack& stack) override { counts_.stack(who, stack); }
  void no_stack() override { counts_.no_stack(); }
  void call(const Subject& who, const CallState& call) override { counts_.call(who, call); }
  void lost(const Subject& who, const CallState& call) override { counts_.lost(who, call); }
  void added(const Subject& who, Tid /*parent*/, Nanoseconds /*when*/) override { counts_.added(who); }
  void executed(const Subject& who) override { counts_.executed(who); }
  void removed(const Subject& who, Nanoseconds /*when*/) override { counts_.removed(who); }
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds /*now*/) override { counts_.clear(); }

 private:
  using Node = StackCounts::Node;
  [[nodiscard]] Row cells(const Node& leaf, Nanoseconds all) const;

  StackCounts counts_;
};

}  // namespace ktrace::stats
