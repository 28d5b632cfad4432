// Where a trace goes: text, JSON, summary, a recorder. All of them take the same events; none of them touches a tracee.
// Order of calls for one system call:
//   call_begin, argument values..., call_suspend | call_resume, argument values..., result [begin(aux)...end],
//   [vcpu_begin, structure, vcpu_end]..., dump..., call_end
// Between suspend and resume other tracees may interleave; the text sink then prints `<unfinished ...>` and
// `<... name resumed>`. A call whose end is never seen gets call_lost instead of call_resume. A call that is not wanted
// after all (-z, -e status=) gets call_discard in the place of call_end or call_lost, with a sink that stages its text.
#pragma once

#include <optional>
#include <string_view>

#include "ktrace/call.h"
#include "ktrace/stack.h"
#include "ktrace/values.h"

namespace ktrace {

// The thread an event is about.
struct Subject {
  Tid tid;
  Tgid tgid;
  std::string_view comm{};  // for -Y, already escaped; empty: not asked for
  // For -n and -i in lines that belong to no call; in lines of a call the CallState says it.
  Abi abi = native_abi;            // of the last stop
  uint64_t number = ~uint64_t{0};  // of the last system call; ~0: none so far
  std::optional<Address> ip{};     // nothing: not known (any more)
};

struct Moment {
  Nanoseconds monotonic{};
  Nanoseconds wall{};
};

// What the kernel answered, as the description of the call wants it shown.
struct ResultValue {
  enum class Kind : uint8_t {
    number,  // value in `base`
    fd,      // a descriptor, with its target
    pid,
    address,      // hexadecimal, 0 is 0 and never NULL (strace's text for mmap and brk)
    error,        // value is a negated errno; `base` is hex under -e raw=, where a restart is an error as any other
    never,        // `= ?`: exit and its kin
    unavailable,  // `= ? <unavailable>`
  };
  Kind kind = Kind::number;
  int64_t value = 0;
  uint8_t width = 8;  // bytes of a long in the call's ABI
  Base base = Base::decimal;
  bool is_unsigned = false;
  bool zero_extended = false;  // an error that came as 32 bits in a register of 64: the number is shown, not -1
  std::string_view target{};   // of an fd (-y) or a pid (-Y)
  int64_t own_pid = 0;         // of a pid: see PidValue::own
};

// A piece of what a call read or wrote: -e read=, -e write=. Each `bytes` belongs to the last `buffer`, if there is
// one.
struct Dump {
  enum class Kind : uint8_t {
    vector,  // message `index` has `length` buffers
    buffer,  // buffer `index` has `length` bytes
    bytes,   // `bytes` at offset `index` of `length`; a multiple of 16 but for the last
  };
  Kind kind = Kind::bytes;
  uint64_t index = 0;
  uint64_t length = 0;
  std::string_view bytes{};
};

// When a virtual CPU was in the state that is shown: before it ran, or after.
enum class VcpuState : uint8_t { entry, exit };

// A file, a socket or whatever else a call has to do with: --stats=files.
struct FileUse {
  std::string_view name{};  // a path, or what -yy shows of a descriptor; not escaped
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
};

enum class Loss : uint8_t {
  exited,      // the thread ended inside the call: `) = ?`, or ` <unfinished ...>) = ?` if arguments are pending
  detached,    // ` <detached ...>`
  superseded,  // another thread of the process called execve
};

class Sink : public ValueSink {
 public:
  virtual void call_begin(const Subject& who, CallState& call) = 0;
  virtual void call_suspend(CallState& call) = 0;
  virtual void call_resume(const Subject& who, CallState& call) = 0;
  virtual void result(CallState& call, const ResultValue& value) = 0;         // an aux value may follow
  virtual void dump(const Subject& who, CallState& call, const Dump& piece);  // between the result and call_end
  // The stack of what ends next for this tracee: call_end, call_lost, signal_end, stopped, exited, killed; if none of
  // them comes, tracee_removed. -k.
  virtual void stack(const Subject& who, const Stack& stack);
  virtual void vcpu_begin(CallState& call, int number, VcpuState when);  // of KVM_RUN: see session/vcpu.h
  virtual void vcpu_end(CallState& call);
  virtual void file(const CallState& call, const FileUse& use);  // before call_end, if it is asked for
  virtual void call_end(const Subject& who, CallState& call) = 0;
  virtual void call_lost(const Subject& who, CallState& call, Loss why) = 0;
  virtual void call_discard(CallState& call) = 0;

  // `--- SIGCHLD {siginfo} ---`: the siginfo is a value between begin and end.
  virtual void signal_begin(const Subject& who, int signal, Moment when) = 0;
  virtual void signal_end() = 0;
  virtual void stopped(const Subject& who, int signal, Moment when) = 0;  // --- stopped by SIGSTOP ---
  virtual void exited(const Subject& who, int status, Moment when) = 0;   // +++ exited with 0 +++
  virtual void killed(const Subject& who, int signal, bool core, Moment when) = 0;
  virtual void superseded(const Subject& who, Tid by, Moment when) = 0;       // +++ superseded by execve in pid N +++
  virtual void abi_changed(const Subject& who, Abi abi, Moment when) = 0;     // [ Process PID=N runs in 32 bit mode. ]
  virtual void pid_changed(const Subject& who, Tid before, Moment when) = 0;  // <pid changed to N ...>

  // Process events for sinks that keep them (JSON): a new tracee and who made it (0: attached or started).
  virtual void tracee_added(const Subject& who, Tid parent, Moment when) = 0;
  virtual void executed(const Subject& who);  // it runs another program; the execve itself has yet to return
  virtual void ending(const Subject& who);    // the last moment at which Tasks can tell of it; not all have one
  virtual void tracee_removed(const Subject& who, Moment when) = 0;

  // Writes out all that is buffered, also half a line. To be called before anything else goes to the same place: a
  // message on standard error.
  virtual void flush() = 0;
  // ktrace is about to wait. Writes what is due: on standard error everything, else what is 100 ms old. Returns how
  // long ktrace may wait before it calls again; nothing: for ever. `now`: CLOCK_MONOTONIC.
  virtual std::optional<Nanoseconds> on_idle(Nanoseconds now) = 0;
  // The output cannot be written any more (disk full, reader gone). What comes is dropped; the trace may be ended.
  [[nodiscard]] virtual bool broken() const = 0;
  virtual void finish() = 0;  // the trace is over: summaries are printed now
};

inline void Sink::stack(const Subject& who, const Stack& stack) {
  static_cast<void>(who);
  static_cast<void>(stack);
}

inline void Sink::dump(const Subject& who, CallState& call, const Dump& piece) {
  static_cast<void>(who);
  static_cast<void>(call);
  static_cast<void>(piece);
}
inline void Sink::vcpu_begin(CallState& call, int number, VcpuState when) {
  static_cast<void>(call);
  static_cast<void>(number);
  static_cast<void>(when);
}
inline void Sink::vcpu_end(CallState& call) {
  static_cast<void>(call);
}

inline void Sink::file(const CallState& call, const FileUse& use) {
  static_cast<void>(call);
  static_cast<void>(use);
}

inline void Sink::executed(const Subject& who) {
  static_cast<void>(who);
}

inline void Sink::ending(const Subject& who) {
  static_cast<void>(who);
}

}  // namespace ktrace
