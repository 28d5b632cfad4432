// Where a trace goes: text, JSON, summary, a recorder. All of them take the same events; none of them touches a tracee.
// Order of calls for one system call:
//   call_begin, argument values..., call_suspend | call_resume, argument values..., result [begin(aux)...end], call_end
// Between suspend and resume other tracees may interleave; the text sink then prints `<unfinished ...>` and
// `<... name resumed>`. A call whose end is never seen gets call_lost instead of call_resume.
#pragma once

#include <string_view>

#include "ktrace/call.h"
#include "ktrace/values.h"

namespace ktrace {

// The thread an event is about.
struct Subject {
  Tid tid;
  Tgid tgid;
  std::string_view comm;  // for -Y; empty: not asked for
};

struct Moment {
  Nanoseconds monotonic{};
  Nanoseconds wall{};
};

// What the kernel answered, as the description of the call wants it shown.
struct ResultValue {
  enum class Kind : uint8_t {
    number,       // value in `base`
    fd,           // a descriptor, with its target
    pid,
    address,      // hexadecimal, 0 is 0 and never NULL (strace's text for mmap and brk)
    error,        // value is a negated errno
    never,        // `= ?`: exit and its kin
    unavailable,  // `= ? <unavailable>`
  };
  Kind kind = Kind::number;
  int64_t value = 0;
  uint8_t width = 8;         // bytes of a long in the call's ABI
  Base base = Base::decimal;
  bool is_unsigned = false;
  std::string_view target;   // of an fd (-y) or a pid (-Y)
};

enum class Loss : uint8_t {
  exited,       // the thread ended inside the call: `<unfinished ...>) = ?`
  detached,     // ` <detached ...>`
  superseded,   // another thread of the process called execve
};

class Sink : public ValueSink {
 public:
  virtual void call_begin(const Subject& who, CallState& call) = 0;
  virtual void call_suspend(CallState& call) = 0;
  virtual void call_resume(const Subject& who, CallState& call) = 0;
  virtual void result(CallState& call, const ResultValue& value) = 0;  // an aux value may follow
  virtual void call_end(const Subject& who, CallState& call) = 0;
  virtual void call_lost(const Subject& who, CallState& call, Loss why) = 0;

  // `--- SIGCHLD {siginfo} ---`: the siginfo is a value between begin and end.
  virtual void signal_begin(const Subject& who, int signal, Moment when) = 0;
  virtual void signal_end() = 0;
  virtual void stopped(const Subject& who, int signal, Moment when) = 0;          // --- stopped by SIGSTOP ---
  virtual void exited(const Subject& who, int status, Moment when) = 0;           // +++ exited with 0 +++
  virtual void killed(const Subject& who, int signal, bool core, Moment when) = 0;
  virtual void superseded(const Subject& who, Tid by, Moment when) = 0;           // +++ superseded by execve in pid N +++
  virtual void abi_changed(const Subject& who, Abi abi, Moment when) = 0;         // [ Process PID=N runs in 32 bit mode. ]
  virtual void pid_changed(const Subject& who, Tid before, Moment when) = 0;      // <pid changed to N ...>

  // Process events for sinks that keep them (JSON): a new tracee and who made it (0: attached or started).
  virtual void tracee_added(const Subject& who, Tid parent, Moment when) = 0;
  virtual void tracee_removed(const Subject& who, Moment when) = 0;

  // Bring out what is buffered. `idle`: no tracee is stopped, ktrace is about to wait.
  virtual void flush() = 0;
  virtual void finish() = 0;  // the trace is over: summaries are printed now
};

}  // namespace ktrace
