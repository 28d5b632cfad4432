// A WaitSource that plays a script: each wait takes the next line, a status or a failure. Counts the waits.
#pragma once

#include <deque>
#include <variant>

#include "tracer/waiter.h"

namespace ktrace::fakes {

class ScriptedWaiter final : public tracer::WaitSource {
 public:
  using Line = std::variant<tracer::WaitStatus, Failure>;
  explicit ScriptedWaiter(std::deque<Line> script) : script_(std::move(script)) {}

  std::optional<tracer::WaitStatus> wait(Mode mode, Failure& failure) override {
    ++(mode == Mode::block ? blocking : polling);
    if (script_.empty()) {
      failure = Failure::no_children;
      return std::nullopt;
    }
    const Line line = script_.front();
    script_.pop_front();
    if (const auto* status = std::get_if<tracer::WaitStatus>(&line)) return *status;
    failure = std::get<Failure>(line);
    return std::nullopt;
  }

  int blocking = 0;
  int polling = 0;

 private:
  std::deque<Line> script_;
};

}  // namespace ktrace::fakes
