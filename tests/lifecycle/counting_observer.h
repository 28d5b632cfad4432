// An observer that counts what it is told, checks that the story of every thread makes sense, and lets a test act at
// chosen stops.
//
// The story: Started comes first and once; entries and exits alternate; nothing follows an end; a thread that starts
// also ends, or was detached.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tracer/supervisor.h"

namespace ktrace::lifecycle {

class CountingObserver : public tracer::Observer {
 public:
  // What to do at a stop instead of resuming. True: the token was consumed.
  using Act = std::function<bool(const StopEvent&, tracer::StoppedTracee&)>;

  explicit CountingObserver(Act act = {}) : act_(std::move(act)) {}

  int started = 0;
  int attached = 0;
  int entries = 0;
  int exits = 0;
  int exits_without_entry = 0;
  int signals = 0;
  int group_stops = 0;
  int births = 0;
  int execs = 0;
  int exitings = 0;
  int exited = 0;
  int killed = 0;
  int superseded = 0;
  int detached = 0;
  int idle = 0;
  std::map<uint64_t, int> calls;             // entries by system call number
  std::map<int, int> signals_seen;           // by number
  std::map<int, int> exit_statuses;          // tid -> status
  std::map<int, int> deaths;                 // tid -> signal
  std::set<int> parents_unknown;             // born, but Started came without a parent
  std::vector<std::pair<int, int>> renames;  // former tid, tid
  std::vector<SyscallEntry> entry_log;
  std::vector<Outcome> outcomes;
  bool keep_log = false;

  void on_stop(const StopEvent& event, tracer::StoppedTracee token) override;
  void on_end(const EndEvent& event) override;
  std::optional<Nanoseconds> on_idle(Nanoseconds /*now*/) override {
    ++idle;
    return idle_limit;
  }
  std::optional<Nanoseconds> idle_limit;

  // Threads that started and have not ended.
  [[nodiscard]] std::size_t alive() const { return alive_.size(); }

 private:
  void count(const StopEvent& event);

  Act act_;
  std::map<int, bool> alive_;  // tid -> in a call
};

// A command built for these tests.
std::string target(const std::string& name);
tracer::Launch command(std::vector<std::string> words);

}  // namespace ktrace::lifecycle
