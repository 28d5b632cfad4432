#include "tracer/signals.h"

#include <sys/time.h>

#include <atomic>

#include "base/patience.h"
#include "ktrace/base/check.h"
#include "tracer/waiter.h"

namespace ktrace::tracer {
namespace {

// Written by the handler. The timer of the tracing thread makes sure that a signal which arrives between the look at
// `fatal_signal` and the wait does not have to wait for the next event.
volatile std::sig_atomic_t fatal_signal = 0;
bool every_end_is_unheard = false;
std::atomic<bool> timer_exists = false;

constexpr long wake_up_period = 5'000;  // microseconds
constexpr Nanoseconds shortest_limit{100'000};

void remember(int signal) {
  if (fatal_signal == 0 || signal == front_died) fatal_signal = signal;
  if (!timer_exists) return;
  const itimerval soon{.it_interval = {0, wake_up_period}, .it_value = {0, 1}};
  ::setitimer(ITIMER_REAL, &soon, nullptr);  // nothing but a system call
}

void wake_up(int) {}  // its arrival ends the wait with EINTR

timeval to_timeval(Nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
  return {.tv_sec = seconds.count(), .tv_usec = rest.count()};
}

}  // namespace

Signals::Signals(Settings::Interruptible level, bool dies_unheard) {
  using Level = Settings::Interruptible;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask_);
  fatal_signal = 0;
  every_end_is_unheard = dies_unheard;
  base::give_up_writing_if(ends_unheard);
  change(SIGALRM, wake_up);
  change(front_died, remember);
  change(SIGCHLD, SIG_DFL);
  change(SIGTTIN, SIG_IGN);
  change(SIGTTOU, SIG_IGN);
  change(SIGXFSZ, SIG_IGN);
  change(SIGXCPU, SIG_IGN);
  if (level == Level::never_tstp) change(SIGTSTP, SIG_IGN);
  if (level != Level::anywhere) {
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM}) {
      change(signal, level == Level::waiting ? remember : SIG_IGN);
    }
  }
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, SIGALRM);
  ::sigprocmask(SIG_UNBLOCK, &wanted, nullptr);
}

Signals::~Signals() {
  base::give_up_writing_if(nullptr);
  restore();
}

void Signals::change(int signal, void (*handler)(int)) {
  KT_CHECK(count_ < saved_.size(), "more signals than places");
  struct sigaction action {};
  action.sa_handler = handler;  // without SA_RESTART: the wait must end
  Saved& saved = saved_[count_++];
  saved.signal = signal;
  ::sigaction(signal, &action, &saved.action);
}

void Signals::restore() const {
  for (std::size_t i = 0; i < count_; ++i) ::sigaction(saved_[i].signal, &saved_[i].action, nullptr);
  ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
}

std::optional<int> Signals::fatal() {
  if (fatal_signal == 0) return std::nullopt;
  return fatal_signal;
}

bool Signals::ends_unheard() {
  return fatal_signal == front_died || (fatal_signal != 0 && every_end_is_unheard);
}

void Signals::forget() {
  fatal_signal = 0;
}

IdleTimer::IdleTimer() {
  timer_exists = true;
}

IdleTimer::~IdleTimer() {
  timer_exists = false;
  const itimerval never{};
  ::setitimer(ITIMER_REAL, &never, nullptr);
}

void IdleTimer::limit(std::optional<Nanoseconds> longest, Nanoseconds now) {
  itimerval spec{};
  if (!longest) {
    if (!deadline_) return;
    deadline_.reset();
  } else {
    const Nanoseconds wanted = std::max(*longest, shortest_limit);
    // An armed timer that fires earlier is as good: whoever is woken too early says how long the rest is.
    if (deadline_ && *deadline_ > now && *deadline_ <= now + wanted) return;
    deadline_ = now + wanted;
    spec = {.it_interval = {0, wake_up_period}, .it_value = to_timeval(wanted)};
  }
  ::setitimer(ITIMER_REAL, &spec, nullptr);
}

}  // namespace ktrace::tracer
