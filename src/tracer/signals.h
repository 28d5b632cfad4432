// ktrace's own signals while it traces, by strace's -I levels, and the timer that lets a blocking wait end.
//
//   1 anywhere    fatal signals kill ktrace on the spot (the kernel detaches its tracees)
//   2 waiting     they are remembered and acted on between two stops
//   3 never       they are ignored, so that a ^C from the terminal reaches only the command
//   4 never_tstp  SIGTSTP as well
//
// SIGTTIN and SIGTTOU are ignored at every level (a tracer in the background must be able to write), and so are SIGXFSZ
// (a write that fails says enough) and SIGXCPU (a soft limit is meant for the command). SIGCHLD is back at its default
// (were it ignored, the kernel would reap the tracees itself). SIGALRM belongs to the timer.
#pragma once

#include <array>
#include <csignal>
#include <optional>

#include "ktrace/base/ids.h"
#include "tracer/supervisor.h"

namespace ktrace::tracer {

// Sent to a tracer that must outlive the process its user knows as ktrace when that has died (session/front.h).
inline const int front_died = SIGRTMAX;

class Signals {
 public:
  Signals(Settings::Interruptible level, bool dies_unheard);
  ~Signals();  // everything as it was before
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // The first fatal signal that arrived since the last call of forget().
  [[nodiscard]] static std::optional<int> fatal();
  static void forget();
  // Whether that was one which ends ktrace as if it were killed: not even a write may wait then.
  [[nodiscard]] static bool ends_unheard();

  // Async-signal-safe: gives a child the dispositions and the mask that ktrace was started with.
  void restore() const;

 private:
  void change(int signal, void (*handler)(int));

  struct Saved {
    int signal = 0;
    struct sigaction action {};
  };
  std::array<Saved, 14> saved_{};
  std::size_t count_ = 0;
  sigset_t mask_{};
};

// wait4(2) takes no timeout. A timer whose signal interrupts it does, and costs nothing while nobody asks for one. It
// keeps firing until disarmed, so a signal that comes just before the wait begins delays it by a period, not for ever.
// It is setitimer(2)'s: those of timer_create(2) count as pending signals, of which the user may have too many already.
class IdleTimer {
 public:
  IdleTimer();
  ~IdleTimer();
  IdleTimer(const IdleTimer&) = delete;
  IdleTimer& operator=(const IdleTimer&) = delete;

  // The next wait shall not last longer. Nothing: as long as it likes.
  void limit(std::optional<Nanoseconds> longest, Nanoseconds now);

 private:
  std::optional<Nanoseconds> deadline_;  // when it fires first; nothing: not armed
};

}  // namespace ktrace::tracer
