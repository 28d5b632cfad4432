// What happens to an event: filter, decode, sinks. The session owns the table of tracees and the calls in flight; it
// touches a tracee only through the token that comes with a stop. What becomes of a call is in traced_calls.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"
#include "decode/decoder.h"
#include "ktrace/sink.h"
#include "resolve/live_descriptors.h"
#include "resolve/live_tasks.h"
#include "session/file_uses.h"
#include "session/options.h"
#include "session/tampering.h"
#include "session/tracee_table.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

// Where the events of a session go.
struct Destination {
  Sink& sink;          // one, or a fan-out
  bool values = true;  // false: only counts (-c), so that nothing is decoded and no signal read
  const output::Destination* bounded = nullptr;  // asked whether --max-output is reached
};

class TraceSession : public tracer::Observer {
 public:
  TraceSession(const Options& options, const base::Log& log, tracer::Supervisor& supervisor, Destination to);

  void on_stop(const StopEvent& event, tracer::StoppedTracee tracee) override;
  void on_end(const EndEvent& event) override;
  void on_refused_tracer(Tid tid) override;
  std::optional<Nanoseconds> on_idle(Nanoseconds now) override;

 private:
  // What becomes of a stopped tracee; to go on after a delay only at syscall-stops.
  struct Then {
    enum class What : uint8_t { resume, pass, detach } what = What::resume;
    std::optional<Nanoseconds> after{};
  };
  static void carry_out(const Then& then, tracer::StoppedTracee tracee);

  // Unless it is known: the sinks hear of it.
  TraceeState& add(Tid tid, Tgid tgid, Tid parent, Moment when);
  Then started(const StopEvent& event, const Started& what, tracer::StoppedTracee& tracee);
  Then entry(const StopEvent& event, const SyscallEntry& what, tracer::StoppedTracee& tracee);
  Then exit(const StopEvent& event, const SyscallExit& what, tracer::StoppedTracee& tracee);
  void leave(const StopEvent& event, TraceeState& state, tracer::StoppedTracee& tracee);
  Then signal(const StopEvent& event, const SignalDelivery& what, tracer::StoppedTracee& tracee);
  Then stopped(const StopEvent& event, const GroupStop& what, tracer::StoppedTracee& tracee);
  Then executed(const StopEvent& event, const Exec& what, tracer::StoppedTracee& tracee);
  void note_next_abi(const StopEvent& event, tracer::StoppedTracee& tracee);
  void change_abi(TraceeState& state, Abi abi, const StopEvent& event);

  Then exiting(const StopEvent& event);
  Then new_child(const StopEvent& event, const NewChild& what);
  void check_bounds(Nanoseconds now);
  void stop_at(std::string_view bound);
  void tell_thread_time(TraceeState& state);
  void lose_call(Tid tid, Tgid tgid, Loss why, Nanoseconds when);

  void take_stack(TraceeState& state, tracer::StoppedTracee& tracee);
  void show_stack(const Subject& who, TraceeState& state, tracer::StoppedTracee& tracee);
  void show_stack_here(const Subject& who, tracer::StoppedTracee& tracee);

  bool wants(TraceeState& state, tracer::StoppedTracee& tracee);
  bool touches_wanted(TraceeState& state, tracer::StoppedTracee& tracee);
  bool shows_vcpu(const CallState& call) const;
  bool wants_outcome(const Outcome& outcome) const;
  decode::Options decode_options(const CallState& call) const;
  decode::Tracee view(Tid tid, tracer::StoppedTracee& tracee);
  Subject subject(Tid tid, Tgid tgid);
  Subject subject_gone(Tid tid, Tgid tgid) const;
  Subject subject_here(const StopEvent& event, tracer::StoppedTracee& tracee);
  Moment moment(Nanoseconds monotonic) const;
  void debug(const std::string& text);
  void say_no_symbols(int error);
  void announce(Tid tid, const char* what);

  const Options& options_;
  const base::Log& log_;
  tracer::Supervisor& supervisor_;
  Sink& sink_;
  bool values_;
  decode::Decoder decoder_;
  resolve::LiveDescriptors descriptors_;
  Tampering tampering_;
  TraceeTable tracees_;
  std::optional<stack::Stacks> stacks_;  // -k
  bool needs_wall_;
  bool staged_;  // calls are shown only when their outcome is known (-e status=)
  bool path_filter_;
  bool dumps_;                         // -e read=, -e write=
  bool times_threads_;                 // --stats=blocked
  bool counts_bytes_;                  // --stats=stacks, --flame
  std::optional<FileUses> file_uses_;  // --stats=files
  resolve::LiveTasks tasks_;
  decode::Decoder::Dumped dumped_;
  std::optional<Tid> starting_;          // the command, which has yet to make the execve that ktrace started it for
  uint64_t shown_ = 0;                   // printed calls, for --syscall-limit
  std::optional<Nanoseconds> deadline_;  // --for
  const output::Destination* bounded_;   // --max-output
  bool told_of_refused_tracer_ = false;
  bool at_bound_ = false;  // one of them is reached, and that has been said
};

}  // namespace ktrace::session
