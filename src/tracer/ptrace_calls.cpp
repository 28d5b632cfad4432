#include "tracer/ptrace_calls.h"

#include <sys/ptrace.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

#include "ktrace/base/check.h"

namespace ktrace::tracer::ptrace {
namespace {

void* as_pointer(unsigned long value) {
  return reinterpret_cast<void*>(value);  // NOLINT(performance-no-int-to-ptr): ptrace(2) takes numbers as pointers
}

bool request(__ptrace_request what, Tid tid, void* data) {
  if (::ptrace(what, tid.value, nullptr, data) == 0) return true;
  KT_CHECK(errno == ESRCH, "ptrace refused a request for a tracee");
  return false;
}

}  // namespace

int seize(Tid tid, unsigned options) {
  return ::ptrace(PTRACE_SEIZE, tid.value, nullptr, as_pointer(options)) == 0 ? 0 : errno;
}

bool interrupt(Tid tid) {
  // EIO as well as ESRCH: the thread is past the point where it could stop.
  return ::ptrace(PTRACE_INTERRUPT, tid.value, nullptr, nullptr) == 0;
}

bool resume(Tid tid, int signal, Until until) {
  return request(until == Until::call ? PTRACE_SYSCALL : PTRACE_CONT, tid, as_pointer(static_cast<unsigned>(signal)));
}

bool listen(Tid tid) {
  // EIO: a SIGCONT or a kill has woken it in the meantime; both show with the next wait.
  return ::ptrace(PTRACE_LISTEN, tid.value, nullptr, nullptr) == 0;
}

bool detach(Tid tid, int signal) {
  return request(PTRACE_DETACH, tid, as_pointer(static_cast<unsigned>(signal)));
}

std::optional<unsigned long> event_message(Tid tid) {
  unsigned long message = 0;
  if (!request(PTRACE_GETEVENTMSG, tid, &message)) return std::nullopt;
  return message;
}

std::optional<std::vector<uint8_t>> signal_info(Tid tid) {
  std::vector<uint8_t> bytes(sizeof(siginfo_t));
  // EINVAL: the stop is a group-stop after all, it has no siginfo (ptrace(2), "Group-stop").
  if (::ptrace(PTRACE_GETSIGINFO, tid.value, nullptr, bytes.data()) != 0) return std::nullopt;
  return bytes;
}

std::optional<unsigned long> peek(Tid tid, Address address) {
  errno = 0;
  const long word = ::ptrace(PTRACE_PEEKDATA, tid.value, as_pointer(address.value), nullptr);
  if (word == -1 && errno != 0) return std::nullopt;
  return static_cast<unsigned long>(word);
}

bool poke(Tid tid, Address address, unsigned long word) {
  return ::ptrace(PTRACE_POKEDATA, tid.value, as_pointer(address.value), as_pointer(word)) == 0;
}

}  // namespace ktrace::tracer::ptrace
