// -c, -C and --stats: hands the events to the statistics that were asked for, and prints their tables at the end and,
// with --every, meanwhile. Behind the last tables of --stats it says what tracing itself cost.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ktrace/tasks.h"
#include "output/destination.h"
#include "output/null_sink.h"
#include "stats/call_table.h"
#include "stats/statistic.h"

namespace ktrace::stats {

// What --stats= names, in the order of the tables.
enum class What : uint8_t { syscalls, errors, processes, threads, files, stacks, blocked, histogram };

struct StatsOptions {
  CallTableOptions calls{};            // -w, -O, -U, -S
  bool given = false;                  // --stats; else it is -c or -C, without a footer
  std::vector<What> what{};            // --stats=, each once; of -c and -C syscalls; empty: no tables are wanted
  Format format = Format::text;        // --stats-format
  std::optional<Nanoseconds> every{};  // --every
  bool anew = false;                   // --reset
  std::optional<std::size_t> top{};    // --top
  [[nodiscard]] bool has(What one) const;
};

// What tracing cost so far. See estimate() for what is made of it.
struct TracingCost {
  uint64_t stops = 0;
  Nanoseconds own_time{};      // CPU time of ktrace
  Nanoseconds stop{};          // how long a stop holds its thread up if ktrace does nothing with it: measured
  Nanoseconds own_per_stop{};  // of that, CPU time of ktrace
};

struct Estimate {
  Nanoseconds held_up{};  // all threads together
  Nanoseconds without{};  // the time it would have taken without tracing
};
// `elapsed`: from start to now; `worked`: CPU time of all traced threads.
Estimate estimate(const TracingCost& cost, Nanoseconds elapsed, Nanoseconds worked);

class StatsSink final : public output::NullSink {
 public:
  struct Sources {
    Tasks* tasks = nullptr;                // may be none for -c; must outlive the sink
    std::function<TracingCost()> cost{};   // may be none
    std::function<Nanoseconds()> clock{};  // CLOCK_MONOTONIC
  };
  // Time begins now.
  StatsSink(output::Destination& destination, StatsOptions options, Sources sources);

  void stack(const Subject& who, const Stack& stack) override;
  void signal_end() override { no_stack(); }
  void stopped(const Subject& who, int signal, Moment when) override;
  void exited(const Subject& who, int status, Moment when) override;
  void killed(const Subject& who, int signal, bool core, Moment when) override;
  void call_end(const Subject& who, CallState& call) override;
  void call_lost(const Subject& who, CallState& call, Loss why) override;
  void file(const CallState& call, const FileUse& use) override;
  void pid_changed(const Subject& who, Tid before, Moment when) override;
  void tracee_added(const Subject& who, Tid parent, Moment when) override;
  void executed(const Subject& who) override;
  void ending(const Subject& who) override;
  void tracee_removed(const Subject& who, Moment when) override;
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override;
  void finish() override;

 private:
  struct Thread {
    Tgid tgid;
    Nanoseconds cpu;  // what was told of it
  };

  void no_stack();
  void settle(Tid tid, Thread& thread);
  void report_if_due(Nanoseconds now);
  void report(Nanoseconds now);
  void append_json(std::string& out, const std::vector<Table>& tables, Nanoseconds now, bool last) const;
  void append_blocks(std::string& out, const std::vector<Table>& tables, Nanoseconds now, bool last) const;
  void append_cost(std::string& out, Nanoseconds now) const;

  output::Destination* destination_;
  StatsOptions options_;
  Sources sources_;
  std::vector<std::unique_ptr<Statistic>> statistics_;
  std::unordered_map<Tid, Thread> threads_;  // that live
  Nanoseconds worked_{};
  Nanoseconds start_;
  Nanoseconds since_;                // of the interval
  std::optional<Nanoseconds> next_;  // --every
  bool reported_ = false;
};

}  // namespace ktrace::stats
