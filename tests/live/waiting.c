// Calls that wait or tell of time, in the cases that need no luck: restart_syscall, rt_sigtimedwait, states of the clock,
// epoll_pwait2, select with an unreadable set.
// run: -e trace=restart_syscall,rt_sigtimedwait,clock_adjtime,adjtimex,epoll_pwait2,timerfd_create,timerfd_settime,timerfd_gettime
// run: -X raw -e trace=restart_syscall,rt_sigtimedwait,clock_adjtime,adjtimex,epoll_pwait2,timerfd_create,timerfd_settime,timerfd_gettime
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

#include "live.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

static void signals(void) {
  const bool raw = live_run == 1;
  uint64_t* set = tail(8);
  *set = UINT64_C(1) << (SIGUSR1 - 1);
  struct { long seconds, nanoseconds; } *timeout = tail(sizeof *timeout);
  timeout->seconds = 0, timeout->nanoseconds = 1;
  long rc = syscall(SYS_rt_sigtimedwait, set, NULL, timeout, 8);
  expect("rt_sigtimedwait([%s], NULL, {tv_sec=0, tv_nsec=1}, 8) = %s", raw ? "10" : "USR1", result(rc));
  rc = syscall(SYS_rt_sigtimedwait, set, unmapped(), (char*)timeout + 1, 8);
  expect("rt_sigtimedwait([%s], %p, %p, 8) = %s", raw ? "10" : "USR1", unmapped(), (char*)timeout + 1, result(rc));
}

static void clocks(void) {
  long rc = syscall(SYS_adjtimex, NULL);
  expect("adjtimex(NULL) = %s", result(rc));
  rc = syscall(SYS_clock_adjtime, 1000, unmapped());
  expect("clock_adjtime(0x3e8%s, %p) = %s", live_run == 1 ? "" : " /* CLOCK_??? */", unmapped(), result(rc));
}

static void descriptors(void) {
  const bool raw = live_run == 1;
  const int timer = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0x800 | 2);
  expect("timerfd_create(%s, %s) = %s", raw ? "0x1" : "CLOCK_MONOTONIC",
         raw ? "0x802" : "TFD_TIMER_CANCEL_ON_SET|TFD_NONBLOCK", result(timer));
  struct { long numbers[4]; } *spec = tail(sizeof *spec);
  memset(spec, 0, sizeof *spec);
  spec->numbers[2] = 5;
  long rc = syscall(SYS_timerfd_settime, -1, 1, spec, NULL);
  expect("timerfd_settime(-1, %s, {it_interval={tv_sec=0, tv_nsec=0}, it_value={tv_sec=5, tv_nsec=0}}, NULL) = %s",
         raw ? "0x1" : "TFD_TIMER_ABSTIME", result(rc));
  rc = syscall(SYS_timerfd_gettime, -1, spec);
  expect("timerfd_gettime(-1, %p) = %s", (void*)spec, result(rc));
  const int epoll = epoll_create1(0);
  int64_t* wait = tail(16);
  wait[0] = 0, wait[1] = 7;
  struct epoll_event events[2];
  rc = syscall(SYS_epoll_pwait2, epoll, events, 2, wait, NULL, 8);
  expect("epoll_pwait2(%d, [], 2, {tv_sec=0, tv_nsec=7}, NULL, 8) = %s", epoll, result(rc));
  rc = syscall(SYS_epoll_pwait2, epoll, unmapped(), 0, (char*)wait + 1, unmapped(), 7);
  expect("epoll_pwait2(%d, %p, 0, %p, %p, 7) = %s", epoll, unmapped(), (char*)wait + 1, unmapped(), result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  const long rc = syscall(SYS_restart_syscall);
  expect("restart_syscall(<... resuming interrupted sethostname ...>) = %s", result(rc));
  signals();
  clocks();
  descriptors();
  live_end();
}
