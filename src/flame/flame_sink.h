// --flame=FILE: counts calls by their stacks and writes them down when the trace is over, and with --every meanwhile:
// as folded stacks, which flame graph tools read, or as a picture.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "flame/weights.h"
#include "output/destination.h"
#include "output/null_sink.h"
#include "stats/stack_counts.h"

namespace ktrace::flame {

struct Options {
  std::vector<output::Target> files{};  // --flame; a name that ends in .svg is a picture's
  By by = By::calls;                    // --flame-by
  Nanoseconds overhead{};               // -O: taken off every call
  std::optional<Nanoseconds> every{};   // --every
  [[nodiscard]] bool given() const { return !files.empty(); }
};

class FlameSink final : public output::NullSink {
 public:
  struct Sources {
    Tasks* tasks = nullptr;                // must outlive the sink
    std::function<Nanoseconds()> clock{};  // CLOCK_MONOTONIC
  };
  // Opens the files. The log must outlive the sink.
  static Result<std::unique_ptr<FlameSink>> open(Options options, const base::Log& log, Sources sources);

  void stack(const Subject& who, const Stack& stack) override { counts_.stack(who, stack); }
  void call_end(const Subject& who, CallState& call) override;
  void call_lost(const Subject& who, CallState& call, Loss why) override;
  void signal_end() override { counts_.no_stack(); }
  void stopped(const Subject& who, int signal, Moment when) override;
  void exited(const Subject& who, int status, Moment when) override;
  void killed(const Subject& who, int signal, bool core, Moment when) override;
  void tracee_added(const Subject& who, Tid parent, Moment when) override;
  void executed(const Subject& who) override { counts_.executed(who); }
  void tracee_removed(const Subject& who, Moment when) override;
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override;
  [[nodiscard]] bool broken() const override;
  void finish() override;

 private:
  FlameSink(Options options, Sources sources);
  void write_if_due(Nanoseconds now);
  void write();

  Options options_;
  Sources sources_;
  stats::StackCounts counts_;
  std::vector<std::unique_ptr<output::Destination>> files_;  // as in options_.files
  std::optional<Nanoseconds> next_;                          // --every
};

}  // namespace ktrace::flame
