// Where sinks under test write: a destination whose text is looked at before it goes nowhere.
#pragma once

#include <memory>
#include <string_view>

#include "base/log.h"
#include "output/destination.h"

namespace ktrace::fuzz {

class Capture {
 public:
  output::Destination& destination() { return *destination_; }

  // Hands over what was written since the last call, unless it was too much to be kept.
  template <class Check>
  void take(Check check) {
    output::Writer& writer = destination_->writer(Tid{});
    if (writer.position() - taken_ == writer.buffer().size()) check(std::string_view(writer.buffer()));
    taken_ = writer.position();
    destination_->flush();
  }

 private:
  base::Log log_{"fuzz"};
  std::unique_ptr<output::Destination> destination_ =
      std::move(output::Destination::open({.kind = output::Target::Kind::file, .name = "/dev/null"}, log_).value());
  uint64_t taken_ = 0;
};

}  // namespace ktrace::fuzz
