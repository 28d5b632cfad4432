// The sinks that the options ask for, and where they write.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/log.h"
#include "ktrace/base/result.h"
#include "ktrace/sink.h"
#include "output/destination.h"
#include "resolve/live_tasks.h"
#include "session/options.h"
#include "session/trace_session.h"

namespace ktrace::session {

class Sinks {
 public:
  // Opens the output. The log must outlive the sinks.
  // `cost`: what tracing cost so far, for --stats.
  static Result<Sinks> open(const Options& options, const base::Log& log, std::function<stats::TracingCost()> cost);

  // Opens the file of a tracee, if each has its own. False: it cannot be opened, which was said.
  bool open_for(Tid tid) {
    destination_->add(tid);
    return !destination_->broken();
  }

  // The one that passes everything on to the others, if there are several.
  [[nodiscard]] Sink& sink() { return *owned_.back(); }
  [[nodiscard]] Destination destination() { return {.sink = sink(), .values = values_, .bounded = destination_.get()}; }

 private:
  Sinks() = default;
  void add(std::unique_ptr<Sink> sink) { owned_.push_back(std::move(sink)); }
  Result<void> add_tables(const Options& options, const base::Log& log, std::function<stats::TracingCost()> cost);
  void add_trace(const Options& options);

  std::unique_ptr<output::Destination> destination_;
  std::unique_ptr<output::Destination> table_destination_;  // --json -C
  std::unique_ptr<resolve::LiveTasks> tasks_ = std::make_unique<resolve::LiveTasks>();
  std::vector<std::unique_ptr<Sink>> owned_;
  bool values_ = true;
};

}  // namespace ktrace::session
