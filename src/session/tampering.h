// Carries out the rules of -e inject= and -e fault= on the calls that the filters let through, as in strace: what is
// not traced is not tampered with, nor counted.
#pragma once

#include <optional>

#include "base/log.h"
#include "filter/injection.h"
#include "ktrace/sink.h"
#include "session/tracee_table.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

class Tampering {
 public:
  // All of them must outlive it.
  Tampering(const filter::Injections& rules, const base::Log& log, Sink& sink)
      : rules_(rules), log_(log), sink_(sink) {}

  // Before the call is shown. The state's `injection` says until the next entry what is done to this call.
  void enter(TraceeState& state, tracer::StoppedTracee& tracee);
  // Before what is left of it is shown.
  void leave(TraceeState& state, tracer::StoppedTracee& tracee);

 private:
  void change(TraceeState& state, const filter::Injection& rule, tracer::StoppedTracee& tracee);
  void poke(CallState& call, const filter::Poke& poke, tracer::StoppedTracee& tracee);
  void say(const std::string& text);

  const filter::Injections& rules_;
  const base::Log& log_;
  Sink& sink_;
};

}  // namespace ktrace::session
