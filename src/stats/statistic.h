// What one kind of table collects while a program runs. The sink (stats_sink.h) hands every event to all that were
// asked for; none of them may allocate for a call that is like one before it, and each bounds what it keeps.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ktrace/sink.h"
#include "stats/table.h"

namespace ktrace::stats {

class Statistic {
 public:
  virtual ~Statistic() = default;

  virtual void call(const Subject& who, const CallState& call) = 0;  // it returned
  // It never will; `call.left` is when that was known.
  virtual void lost(const Subject& /*who*/, const CallState& /*call*/) {}
  virtual void file(const CallState& /*call*/, const FileUse& /*use*/) {}
  virtual void stack(const Subject& /*who*/, const Stack& /*stack*/) {}  // of the call that returns or is lost next
  virtual void no_stack() {}                                             // it was that of a signal or an end
  virtual void added(const Subject& /*who*/, Tid /*parent*/, Nanoseconds /*when*/) {}
  virtual void executed(const Subject& /*who*/) {}  // it runs another program; its execve has yet to return
  virtual void ending(const Subject& /*who*/) {}    // it can be asked about for the last time
  virtual void removed(const Subject& /*who*/, Nanoseconds /*when*/) {}
  virtual void renamed(const Subject& /*who*/, Tid /*before*/) {}
  virtual void ran(Tid /*tid*/, Nanoseconds /*cpu*/) {}  // CPU time since it was last said

  // Its tables as of `now`, with at most `top` rows (nothing: all).
  virtual void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) = 0;
  // Starts anew; names and memory may be kept.
  virtual void reset(Nanoseconds now) = 0;
};

// How many of `rows` a table shows, and how many it folds into one. That one row more would not be shorter.
struct Cut {
  std::size_t shown;
  std::size_t folded;
};
inline Cut cut(std::size_t rows, std::optional<std::size_t> top) {
  if (!top || rows <= *top) return {rows, 0};
  return {*top, rows - *top};
}

// "(12 others)", "(1 other)"
std::string others_name(uint64_t count);

// `part` of `whole` in percent; 0 if there is no whole.
double percent(Nanoseconds part, Nanoseconds whole);
double percent(uint64_t part, uint64_t whole);

}  // namespace ktrace::stats
