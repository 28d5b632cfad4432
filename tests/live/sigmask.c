// Sets of signals: what is in, or what is not; sizes that the kernel rejects; what was pending and what was waited for.
// run: -e trace=rt_sigprocmask,rt_sigpending,rt_sigsuspend,rt_sigtimedwait,signalfd,signalfd4,sigaltstack -e signal=none
#include <signal.h>
#include <time.h>

#include "live.h"

static const char low[] =
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG "
    "XCPU "
    "XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN";

static void* mask(uint64_t bits) {
  return tail_copy(&bits, sizeof bits);
}

static void masks(void) {
  static const struct {
    uint64_t bits;
    const char* text;
  } sets[] = {{0, "[]"},
              {1, "[HUP]"},
              {0x200000001, "[HUP RT_2]"},
              {~0ull, "~[]"},
              {~1ull, "~[HUP]"},
              {1ull << 63, "[RT_32]"},
              {0xfffffffe0003ffff, "~[STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS RTMIN RT_1]"}};
  static const char* const how[] = {"SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "0x3 /* SIG_??? */"};
  for (unsigned i = 0; i < sizeof sets / sizeof sets[0]; i++) {
    long rc = syscall(SYS_rt_sigprocmask, i % 4, mask(sets[i].bits), NULL, 8);
    expect("rt_sigprocmask(%s, %s, NULL, 8) = %s", how[i % 4], sets[i].text, result(rc));
  }
  long rc = syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask(0xffffffff), NULL, 8);
  expect("rt_sigprocmask(SIG_SETMASK, [%s], NULL, 8) = %s", low, result(rc));
  rc = syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask(0xa00), NULL, 8);
  expect("rt_sigprocmask(SIG_SETMASK, [USR1 USR2], NULL, 8) = %s", result(rc));
}

static void sizes(void) {
  void* old = tail(8);
  long rc = syscall(SYS_rt_sigprocmask, 7, NULL, old, 8);
  expect("rt_sigprocmask(0x7 /* SIG_??? */, NULL, [USR1 USR2], 8) = %s", result(rc));
  void* set = mask(5);
  rc = syscall(SYS_rt_sigprocmask, 0, set, old, 16);
  expect("rt_sigprocmask(SIG_BLOCK, %p, %p, 16) = %s", set, old, result(rc));
  rc = syscall(SYS_rt_sigprocmask, 0, set, old, 4);
  expect("rt_sigprocmask(SIG_BLOCK, %s, %p, 4) = %s", LIVE_64 ? address(set) : "[HUP QUIT]", old, result(rc));
  rc = syscall(SYS_rt_sigprocmask, 0, unmapped(), NULL, 8);
  expect("rt_sigprocmask(SIG_BLOCK, %p, NULL, 8) = %s", unmapped(), result(rc));
  rc = syscall(SYS_rt_sigsuspend, unmapped(), 8);
  expect("rt_sigsuspend(%p, 8) = %s", unmapped(), result(rc));
  rc = syscall(SYS_rt_sigpending, old, -1L);
  expect("rt_sigpending(%p, %lu) = %s", old, -1L, result(rc));
}

static void waits(void) {
  const int pid = getpid();
  siginfo_t* info = tail(sizeof(siginfo_t));
  struct {
    long seconds, nanoseconds;
  } time = {0, 5};
  kill(pid, SIGUSR1);
  kill(pid, SIGUSR2);
  void* pending = tail(8);
  long rc = syscall(SYS_rt_sigpending, pending, 8);
  expect("rt_sigpending([USR1 USR2], 8) = %s", result(rc));
  rc = syscall(SYS_rt_sigtimedwait, mask(0xa00), info, NULL, 8);
  expect(
      "rt_sigtimedwait([USR1 USR2], {si_signo=SIGUSR1, si_code=SI_USER, si_pid=%d, si_uid=%d}, NULL, 8) = %ld "
      "(SIGUSR1)",
      pid, getuid(), rc);
  rc = syscall(SYS_rt_sigtimedwait, mask(0xa00), NULL, &time, 8);
  expect("rt_sigtimedwait([USR1 USR2], NULL, {tv_sec=0, tv_nsec=5}, 8) = %ld (SIGUSR2)", rc);
  rc = syscall(SYS_rt_sigtimedwait, mask(0xa00), info, &time, 8);
  expect("rt_sigtimedwait([USR1 USR2], %p, {tv_sec=0, tv_nsec=5}, 8) = %s", info, result(rc));
}

static void descriptors(void) {
  long rc = syscall(SYS_signalfd4, -1, mask(3), 8, 0x80800);
  expect("signalfd4(-1, [HUP INT], 8, SFD_CLOEXEC|SFD_NONBLOCK) = %s", result(rc));
  rc = syscall(SYS_signalfd4, 1000, mask(3), 8, 1);
  expect("signalfd4(1000, [HUP INT], 8, 0x1 /* SFD_??? */) = %s", result(rc));
#ifdef SYS_signalfd
  rc = syscall(SYS_signalfd, 1000, unmapped(), 8);
  expect("signalfd(1000, %p, 8) = %s", unmapped(), result(rc));
#endif
}

static void stacks(void) {
  static char stack[65536];
  stack_t new = {stack, 0, sizeof stack};
  stack_t* old = tail(sizeof(stack_t));
  long rc = syscall(SYS_sigaltstack, NULL, old);
  expect("sigaltstack(NULL, {ss_sp=NULL, ss_flags=SS_DISABLE, ss_size=0}) = %s", result(rc));
  rc = syscall(SYS_sigaltstack, &new, NULL);
  expect("sigaltstack({ss_sp=%p, ss_flags=0, ss_size=65536}, NULL) = %s", stack, result(rc));
  new.ss_flags = (int)0x80004003;
  rc = syscall(SYS_sigaltstack, &new, old);
  expect("sigaltstack({ss_sp=%p, ss_flags=SS_ONSTACK|SS_DISABLE|SS_AUTODISARM|0x4000, ss_size=65536}, %p) = %s", stack,
         old, result(rc));
  rc = syscall(SYS_sigaltstack, unmapped(), unmapped());
  expect("sigaltstack(%p, %p) = %s", unmapped(), unmapped(), result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  masks();
  sizes();
  waits();
  descriptors();
  stacks();
  live_end();
}
