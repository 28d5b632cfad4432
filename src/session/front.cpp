#include "session/front.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

#include "base/close_from.h"
#include "tracer/signals.h"

namespace ktrace::session {
namespace {

volatile pid_t tracer_pid = 0;

// What the terminal sends, the tracer gets by itself.
void pass_on(int signal_number, siginfo_t* info, void*) {
  if (info->si_code <= 0) kill(tracer_pid, signal_number);
  if (signal_number == SIGTSTP) raise(SIGSTOP);
}

constexpr std::array passed_on{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT};

// What the tracer does not act on must not end the front before the tracer has ended.
void pass_signals_on(tracer::Settings::Interruptible level) {
  signal(SIGALRM, SIG_IGN);
  for (const int number : passed_on) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_sigaction = pass_on;
    action.sa_flags = SA_SIGINFO;
    if (number == SIGTSTP && level == tracer::Settings::Interruptible::never_tstp) {
      action = {};
      action.sa_handler = SIG_IGN;
    }
    sigaction(number, &action, nullptr);
  }
}

struct Farewell {
  End how;
  bool stays;
};
static_assert(std::is_trivially_copyable_v<Farewell>);

// Nothing: the tracer has ended without a word.
std::optional<Farewell> hear(int from_tracer) {
  Farewell farewell{};
  ssize_t got = 0;
  do {
    got = read(from_tracer, &farewell, sizeof farewell);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof farewell) return std::nullopt;
  return farewell;
}

End end_of(pid_t tracer) {
  int status = 0;
  while (waitpid(tracer, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {.status = 0, .signal = WTERMSIG(status)};
  return {.status = WEXITSTATUS(status), .signal = {}};
}

[[noreturn]] void be_front(pid_t tracer, UniqueFd from_tracer, tracer::Settings::Interruptible level,
                           const sigset_t& mask) {
  tracer_pid = tracer;
  pass_signals_on(level);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  const std::optional<Farewell> farewell = hear(from_tracer.get());
  if (farewell && farewell->stays) end(farewell->how);
  const End tracers = end_of(tracer);
  end(farewell ? farewell->how : tracers);
}

}  // namespace

// The status that a shell shows for a command which died of a signal is made by dying of it oneself.
void end(const End& how) {
  if (!how.signal) _exit(how.status);
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};  // the core that counts is the command's
  setrlimit(RLIMIT_CORE, &no_core);
  signal(*how.signal, SIG_DFL);
  sigset_t just_this;
  sigemptyset(&just_this);
  sigaddset(&just_this, *how.signal);
  sigprocmask(SIG_UNBLOCK, &just_this, nullptr);
  kill(getpid(), *how.signal);
  _exit(128 + *how.signal);  // a signal that does not kill: SIGSTOP and the like never get here
}

Result<Front> Front::split(tracer::Settings::Interruptible level) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Error{errno, std::string("pipe2: ") + std::strerror(errno)};
  UniqueFd from_tracer(ends[0]), to_front(ends[1]);
  const pid_t front = getpid();
  // Until the front can pass signals on, they wait: the tracer may have a command by then.
  sigset_t waiting, mask;
  sigemptyset(&waiting);
  for (const int number : passed_on) sigaddset(&waiting, number);
  sigaddset(&waiting, SIGALRM);
  sigprocmask(SIG_BLOCK, &waiting, &mask);
  const pid_t tracer = fork();
  const int fork_errno = errno;
  if (tracer > 0) {
    to_front.reset();
    be_front(tracer, std::move(from_tracer), level, mask);
  }
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  if (tracer < 0) return Error{fork_errno, std::string("fork: ") + std::strerror(fork_errno)};
  prctl(PR_SET_PDEATHSIG, tracer::front_died);
  if (getppid() != front) _exit(1);  // it is dead already
  return Front(std::move(to_front));
}

void Front::tell(const End& how, bool stays) {
  prctl(PR_SET_PDEATHSIG, 0);
  const Farewell farewell{.how = how, .stays = stays};
  const ssize_t written = write(to_front_.get(), &farewell, sizeof farewell);
  static_cast<void>(written);  // nobody reads: it was killed
  to_front_.reset();
}

void step_aside() {
  setsid();
  const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, fd);
  base::close_from(STDERR_FILENO + 1);
  if (chdir("/") != 0) return;  // then a file system stays busy, nothing worse
}

}  // namespace ktrace::session
