// With a seccomp filter the process that the user sees as ktrace is not the one that traces. It only waits, passes
// signals on and ends as it is told to, so that killing it, even by SIGKILL, or its reaching the end of the trace, does
// not take the tracer away from processes which cannot do without (tracer/seccomp.h). The tracer is its child.
#pragma once

#include <optional>
#include <utility>

#include "ktrace/base/result.h"
#include "ktrace/base/unique_fd.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

// How ktrace ends: as the command did.
struct End {
  int status = 0;
  std::optional<int> signal{};  // dies of it
};

// Ends the calling process.
[[noreturn]] void end(const End& how);

// Gives up terminal, files and session: the tracer stays in the background and shows nothing any more.
void step_aside();

class Front {
 public:
  // Forks. Returns in the tracer; the caller becomes the front and does not return. `level`: what -I says.
  static Result<Front> split(tracer::Settings::Interruptible level);

  // How to end, which it then does. `stays`: without waiting for the tracer, which has processes to keep.
  void tell(const End& how, bool stays);

 private:
  explicit Front(UniqueFd to_front) : to_front_(std::move(to_front)) {}
  UniqueFd to_front_;
};

}  // namespace ktrace::session
