// What -c still prints besides its table: that a process runs in another mode. A text sink does it, but gets to see no
// calls.
#pragma once

#include "output/null_sink.h"
#include "output/text_sink.h"

namespace ktrace::output {

class NoticeSink final : public NullSink {
 public:
  NoticeSink(Destination& destination, const TextOptions& options) : text_(destination, options) {}

  void abi_changed(const Subject& who, Abi abi, Moment when) override { text_.abi_changed(who, abi, when); }
  void tracee_added(const Subject& who, Tid parent, Moment when) override { text_.tracee_added(who, parent, when); }
  void tracee_removed(const Subject& who, Moment when) override { text_.tracee_removed(who, when); }
  void flush() override { text_.flush(); }
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override { return text_.on_idle(now); }
  [[nodiscard]] bool broken() const override { return text_.broken(); }
  void finish() override { text_.finish(); }

 private:
  TextSink text_;
};

}  // namespace ktrace::output
