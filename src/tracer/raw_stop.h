// A wait status of a tracee, taken apart once (waitpid(2); ptrace(2), "Stopped states"). What a syscall-stop is about
// stands in syscall_info.h.
//
// With PTRACE_SEIZE every stop names itself: a group-stop, the stop of a new child and the answer to PTRACE_INTERRUPT
// are PTRACE_EVENT_STOP, so a plain signal number in the status is a signal-delivery-stop and nothing else.
#pragma once

#include <cstdint>

namespace ktrace::tracer {

struct RawStop {
  enum class Kind : uint8_t {
    exited,      // value: exit status
    killed,      // value: signal
    syscall,     // entry or exit
    signal,      // value: the signal about to be delivered
    group_stop,  // value: the stopping signal
    interrupt,   // PTRACE_EVENT_STOP without a group-stop: PTRACE_INTERRUPT, first stop of a child, end of a group-stop
    fork,
    vfork,
    clone,
    exec,
    exit,     // PTRACE_EVENT_EXIT
    seccomp,  // PTRACE_EVENT_SECCOMP: the entry of a call that the command's filter stops
    other,    // nothing that ktrace asked for
  };
  Kind kind = Kind::other;
  int value = 0;
  bool core = false;

  [[nodiscard]] bool is_end() const { return kind == Kind::exited || kind == Kind::killed; }
  [[nodiscard]] bool is_birth() const { return kind == Kind::fork || kind == Kind::vfork || kind == Kind::clone; }
};

RawStop classify(int wait_status);

}  // namespace ktrace::tracer
