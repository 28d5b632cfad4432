// What stands at the start of a line before the event itself: pid, time of day, time since the line before, system call
// number, instruction pointer.
#pragma once

#include <string>

#include "ktrace/sink.h"
#include "output/text_options.h"

namespace ktrace::output {

class LineHead {
 public:
  explicit LineHead(const TextOptions& options) : options_(&options) {}

  // What a line shows of the call or of the last stop before the event.
  struct Place {
    Abi abi;
    uint64_t number;
    std::optional<Address> ip;
  };

  void append(std::string& out, const Subject& who, const Place& place, Moment when, bool several);

 private:
  void punct(std::string& out, std::string_view text) const;
  void append_pid(std::string& out, const Subject& who, bool several) const;
  void append_clock(std::string& out, Nanoseconds wall);
  void append_relative(std::string& out, Nanoseconds monotonic);

  const TextOptions* options_;
  std::optional<Nanoseconds> before_;  // when the last line began
  int64_t cached_second_ = -1;         // local time is worked out once a second
  char cached_text_[9] = {};           // HH:MM:SS
};

// `.123456`, as many digits as the precision asks for.
void append_fraction(std::string& out, int64_t nanoseconds, Precision precision);

}  // namespace ktrace::output
