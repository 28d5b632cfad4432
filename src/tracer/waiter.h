// Waits for tracees, fairly. wait4(2) hands out the newest tracees first, so a busy newcomer could starve the others:
// once anything is there, everything that is there is taken before the first of it is served.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "ktrace/base/ids.h"

namespace ktrace::tracer {

struct WaitStatus {
  Tid tid;
  int status = 0;
  Nanoseconds time{};         // CLOCK_MONOTONIC right after the wait
  Nanoseconds system_time{};  // ru_stime, if asked for
};

// Where statuses come from: the kernel, or a script in a test.
class WaitSource {
 public:
  enum class Mode : uint8_t { block, poll };
  enum class Failure : uint8_t { interrupted, nothing_yet, no_children };

  virtual ~WaitSource() = default;
  // A status, or why there is none.
  virtual std::optional<WaitStatus> wait(Mode mode, Failure& failure) = 0;
};

// wait4(-1, __WALL). Children of ktrace that it does not trace (the command behind `-o |cmd`) come along as well.
class KernelWait final : public WaitSource {
 public:
  explicit KernelWait(bool with_cpu_times) : with_cpu_times_(with_cpu_times) {}
  std::optional<WaitStatus> wait(Mode mode, Failure& failure) override;

 private:
  bool with_cpu_times_;
};

class Waiter {
 public:
  explicit Waiter(WaitSource& source) : source_(source) {}

  enum class Outcome : uint8_t { ready, interrupted, no_children };
  // Blocks for one status. `several`: others may have one too, take them all.
  Outcome wait(bool several);

  // The next status taken, oldest first. Nothing: wait() again.
  std::optional<WaitStatus> next();

  // A status that someone else waited for.
  void add(const WaitStatus& status) { taken_.push_back(status); }

 private:
  WaitSource& source_;
  std::vector<WaitStatus> taken_;  // keeps its capacity
  std::size_t served_ = 0;
};

Nanoseconds monotonic_now();

}  // namespace ktrace::tracer
