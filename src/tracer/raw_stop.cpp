#include "tracer/raw_stop.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>

namespace ktrace::tracer {
namespace {

constexpr int syscall_flag = 0x80;  // PTRACE_O_TRACESYSGOOD
constexpr int event_stop = 128;     // PTRACE_EVENT_STOP, which glibc calls by another value in old headers

bool stops_a_group(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

RawStop::Kind event_kind(int event) {
  switch (event) {
    case PTRACE_EVENT_FORK: return RawStop::Kind::fork;
    case PTRACE_EVENT_VFORK: return RawStop::Kind::vfork;
    case PTRACE_EVENT_CLONE: return RawStop::Kind::clone;
    case PTRACE_EVENT_EXEC: return RawStop::Kind::exec;
    case PTRACE_EVENT_EXIT: return RawStop::Kind::exit;
    case PTRACE_EVENT_SECCOMP: return RawStop::Kind::seccomp;
    default: return RawStop::Kind::other;
  }
}

}  // namespace

RawStop classify(int wait_status) {
  using Kind = RawStop::Kind;
  if (WIFEXITED(wait_status)) return {.kind = Kind::exited, .value = WEXITSTATUS(wait_status)};
  if (WIFSIGNALED(wait_status)) {
    return {.kind = Kind::killed, .value = WTERMSIG(wait_status), .core = WCOREDUMP(wait_status) != 0};
  }
  if (!WIFSTOPPED(wait_status)) return {};
  const int signal = WSTOPSIG(wait_status);
  const int event = wait_status >> 16;
  if (event == event_stop) {
    if (stops_a_group(signal)) return {.kind = Kind::group_stop, .value = signal};
    return {.kind = Kind::interrupt};
  }
  if (event != 0) return {.kind = event_kind(event)};
  if (signal == (SIGTRAP | syscall_flag)) return {.kind = Kind::syscall};
  return {.kind = Kind::signal, .value = signal};
}

}  // namespace ktrace::tracer
