#include "session/sinks.h"

#include <utility>

#include "output/text_sink.h"

namespace ktrace::session {
namespace {

// Where lines start with a pid, as strace has it: a file for -f always, standard error when there are several.
output::TextOptions::Pid pid_policy(const Options& options) {
  using Pid = output::TextOptions::Pid;
  if (options.output.separate) return Pid::never;
  const bool to_standard_error = options.output.kind == output::Target::Kind::standard_error;
  const bool may_be_several = options.tracing.follow_forks || options.attach.size() + (options.command ? 1 : 0) > 1;
  if (options.text.always_show_pid || (may_be_several && !to_standard_error)) return Pid::always;
  return Pid::when_several;
}

}  // namespace

}  // namespace ktrace::session
