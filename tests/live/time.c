// Clocks, sleeping, timers: times in seconds and fractions, what is left of an interrupted sleep, sigevents.
// run: -e trace=/^(clock_|timer_|timerfd_),nanosleep,gettimeofday,settimeofday,?time,getitimer,setitimer,adjtimex,?alarm -e signal=none
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#include "live.h"

typedef struct {
  long seconds, fraction;
} old_time;

static void* times(long seconds, long fraction) {
  old_time time = {seconds, fraction};
  return tail_copy(&time, sizeof time);
}

static void caught(int signal) {
  (void)signal;
}

static void clocks(void) {
  old_time* now = tail(sizeof(old_time));
  long rc = syscall(SYS_clock_gettime, 1, now);
  expect("clock_gettime(CLOCK_MONOTONIC, {tv_sec=%ld, tv_nsec=%ld}) = %s", now->seconds, now->fraction, result(rc));
  rc = syscall(SYS_clock_gettime, 77, now);
  expect("clock_gettime(0x4d /* CLOCK_??? */, %p) = %s", now, result(rc));
  rc = syscall(SYS_clock_getres, 5, NULL);
  expect("clock_getres(CLOCK_REALTIME_COARSE, NULL) = %s", result(rc));
  rc = syscall(SYS_clock_settime, 1, times(-5, -5));
  expect("clock_settime(CLOCK_MONOTONIC, {tv_sec=-5, tv_nsec=%lu}) = %s", -5L, result(rc));
  int zone[2];
  rc = syscall(SYS_gettimeofday, now, zone);
  expect("gettimeofday({tv_sec=%ld, tv_usec=%ld}, {tz_minuteswest=%d, tz_dsttime=%d}) = %s", now->seconds,
         now->fraction, zone[0], zone[1], result(rc));
  rc = syscall(SYS_gettimeofday, unmapped(), NULL);
  expect("gettimeofday(%p, NULL) = %s", unmapped(), result(rc));
  rc = syscall(SYS_settimeofday, times(-1, -1), NULL);
  expect("settimeofday({tv_sec=-1, tv_usec=%lu}, NULL) = %s", -1L, result(rc));
  rc = syscall(SYS_adjtimex, unmapped());
  expect("adjtimex(%p) = %s", unmapped(), result(rc));
#ifdef SYS_time
  long* moment = tail(sizeof(long));
  rc = syscall(SYS_time, moment);
  char text[64];
  const time_t seconds = *moment;
  strftime(text, sizeof text, "%FT%T%z", localtime(&seconds));
  expect("time([%ld /* %s */]) = %ld (%s)", *moment, text, rc, text);
#endif
}

static void sleeps(void) {
  old_time* left = tail(sizeof(old_time));
  long rc = syscall(SYS_nanosleep, times(0, 5), left);
  expect("nanosleep({tv_sec=0, tv_nsec=5}, %p) = %s", left, result(rc));
  rc = syscall(SYS_nanosleep, times(0, -1), NULL);
  expect("nanosleep({tv_sec=0, tv_nsec=%lu}, NULL) = %s", -1L, result(rc));
  rc = syscall(SYS_clock_nanosleep, 0, 1, times(0, 5), left);
  expect("clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=0, tv_nsec=5}, %p) = %s", left, result(rc));
  signal(SIGALRM, caught);
#ifdef SYS_alarm
  rc = syscall(SYS_alarm, 1);
  expect("alarm(1) = 0");
#else
  const long second[] = {0, 0, 1, 0};
  rc = syscall(SYS_setitimer, ITIMER_REAL, second, NULL);
  expect("setitimer(ITIMER_REAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=1, tv_usec=0}}, NULL) = 0");
#endif
  syscall(SYS_nanosleep, times(100, 0), left);
  expect(
      "nanosleep({tv_sec=100, tv_nsec=0}, {tv_sec=%ld, tv_nsec=%ld}) = ? ERESTART_RESTARTBLOCK (Interrupted by "
      "signal)",
      left->seconds, left->fraction);
}

static void intervals(void) {
  const long values[] = {0, 0, 100, 2};
  void* timer = tail_copy(values, sizeof values);
  long* old = tail(sizeof values);
  long rc = syscall(SYS_setitimer, ITIMER_VIRTUAL, timer, NULL);
  expect("setitimer(ITIMER_VIRTUAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=100, tv_usec=2}}, NULL) = %s",
         result(rc));
  rc = syscall(SYS_getitimer, ITIMER_VIRTUAL, old);
  expect("getitimer(ITIMER_VIRTUAL, {it_interval={tv_sec=0, tv_usec=0}, it_value={tv_sec=%ld, tv_usec=%ld}}) = %s",
         old[2], old[3], result(rc));
  rc = syscall(SYS_getitimer, 3, old);
  expect("getitimer(0x3 /* ITIMER_??? */, %p) = %s", old, result(rc));
}

static void timers(void) {
  struct {
    union {
      int number;
      void* pointer;
    } value;
    int signal, notify;
    union {
      int thread;
      struct {
        void *function, *attributes;
      } call;
    } how;
  } event;
  memset(&event, 0, sizeof event);
  event.value.number = 0x11223344;
  event.signal = SIGUSR1;
  event.notify = SIGEV_THREAD_ID;
  event.how.thread = getpid();
  int id = -1;
  const char* value = "sigev_value={sival_int=287454020, sival_ptr=0x11223344}";
  long rc = syscall(SYS_timer_create, 1, &event, &id);
  expect(
      "timer_create(CLOCK_MONOTONIC, {%s, sigev_signo=SIGUSR1, sigev_notify=SIGEV_THREAD_ID, "
      "sigev_notify_thread_id=%d}, [%d]) = %s",
      value, event.how.thread, id, result(rc));
  const long values[] = {1, 2, 100000, 4};
  rc = syscall(SYS_timer_settime, id, 3, values, unmapped());
  expect(
      "timer_settime(%d, TIMER_ABSTIME|0x2, {it_interval={tv_sec=1, tv_nsec=2}, it_value={tv_sec=100000, "
      "tv_nsec=4}}, %p) = %s",
      id, unmapped(), result(rc));
  rc = syscall(SYS_timer_gettime, -1, values);
  expect("timer_gettime(-1, %p) = %s", values, result(rc));
  rc = syscall(SYS_timer_getoverrun, id);
  expect("timer_getoverrun(%d) = %s", id, result(rc));
  rc = syscall(SYS_timer_delete, id);
  expect("timer_delete(%d) = %s", id, result(rc));
  event.notify = SIGEV_NONE;
  rc = syscall(SYS_timer_create, 77, &event, &id);
  expect("timer_create(0x4d /* CLOCK_??? */, {%s, sigev_signo=10, sigev_notify=SIGEV_NONE}, %p) = %s", value, &id,
         result(rc));
  event.notify = 9;
  rc = syscall(SYS_timer_create, 1, &event, &id);
  expect("timer_create(CLOCK_MONOTONIC, {%s, sigev_signo=10, sigev_notify=0x9 /* SIGEV_??? */}, %p) = %s", value, &id,
         result(rc));
}

static void descriptors(void) {
  long fd = syscall(SYS_timerfd_create, 1, 0x80000);
  expect("timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) = %s", result(fd));
  const long values[] = {1, 2, 100, 4};
  long rc = syscall(SYS_timerfd_settime, fd, 0, values, NULL);
  expect("timerfd_settime(%ld, 0, {it_interval={tv_sec=1, tv_nsec=2}, it_value={tv_sec=100, tv_nsec=4}}, NULL) = %s",
         fd, result(rc));
  long* old = tail(sizeof values);
  rc = syscall(SYS_timerfd_gettime, fd, old);
  expect("timerfd_gettime(%ld, {it_interval={tv_sec=1, tv_nsec=2}, it_value={tv_sec=%ld, tv_nsec=%ld}}) = %s", fd,
         old[2], old[3], result(rc));
  rc = syscall(SYS_timerfd_settime, -1, 7, unmapped(), old);
  expect("timerfd_settime(-1, TFD_TIMER_ABSTIME|TFD_TIMER_CANCEL_ON_SET|0x4, %p, %p) = %s", unmapped(), old,
         result(rc));
}

static void wide(void) {
#ifdef SYS_clock_gettime64
  int64_t* now = tail(16);
  long rc = syscall(SYS_clock_gettime64, 0, now);
  expect("clock_gettime64(CLOCK_REALTIME, {tv_sec=%lld, tv_nsec=%lld}) = %s", (long long)now[0], (long long)now[1],
         result(rc));
  now[0] = -1;
  now[1] = 5;
  rc = syscall(SYS_clock_nanosleep_time64, 0, 1, now, NULL);
  expect("clock_nanosleep_time64(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=-1, tv_nsec=5}, NULL) = %s", result(rc));
#endif
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  clocks();
  sleeps();
  intervals();
  timers();
  descriptors();
  wide();
  live_end();
}
