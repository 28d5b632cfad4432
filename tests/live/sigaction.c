// Handlers: the members of struct sigaction in strace's order, unreadable ones, the mask that a handler's return
// restores.
// run: -e trace=rt_sigaction,rt_sigreturn,sigreturn,kill,tgkill,rt_sigsuspend,pause,rt_sigqueueinfo,rt_tgsigqueueinfo
#include <signal.h>

#include "live.h"

struct kernel_action {
  void* handler;
  unsigned long flags;
  void* restorer;
  uint64_t mask;
  char room[56];  // strace looks at 64 bytes of mask
} __attribute__((packed));

static void caught(int signal) {
  (void)signal;
}

static void actions(void) {
  struct kernel_action* action = tail(sizeof *action);
  struct kernel_action* old = tail(sizeof *old);
  *action = (struct kernel_action){.handler = (void*)0x1234, .flags = 0x14000000, .restorer = (void*)0x5678, .mask = 3};
  long rc = syscall(SYS_rt_sigaction, SIGUSR1, action, NULL, 8);
  expect(
      "rt_sigaction(SIGUSR1, {sa_handler=0x1234, sa_mask=[HUP INT], sa_flags=SA_RESTORER|SA_RESTART, "
      "sa_restorer=0x5678}, NULL, 8) = %s",
      result(rc));
  *action = (struct kernel_action){.handler = SIG_IGN, .flags = 0xc8000007, .mask = ~0ull};
  rc = syscall(SYS_rt_sigaction, SIGUSR1, action, old, 8);
  expect(
      "rt_sigaction(SIGUSR1, {sa_handler=SIG_IGN, sa_mask=~[], "
      "sa_flags=SA_ONSTACK|SA_NODEFER|SA_RESETHAND|SA_SIGINFO|SA_NOCLDSTOP|SA_NOCLDWAIT}, {sa_handler=0x1234, "
      "sa_mask=[HUP INT], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x5678}, 8) = %s",
      result(rc));
  *action = (struct kernel_action){.handler = SIG_DFL, .flags = 0x100};
  rc = syscall(SYS_rt_sigaction, SIGRTMAX, action, NULL, 8);
  expect("rt_sigaction(SIGRT_32, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0x100 /* SA_??? */}, NULL, 8) = %s",
         result(rc));
  rc = syscall(SYS_rt_sigaction, SIGKILL, action, old, 8);
  expect("rt_sigaction(SIGKILL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0x100 /* SA_??? */}, %p, 8) = %s", old,
         result(rc));
  char* cut = tail(sizeof *action - 4);
  rc = syscall(SYS_rt_sigaction, 1000, cut, unmapped(), 4);
  expect("rt_sigaction(1000, %p, %p, 4) = %s", cut, unmapped(), result(rc));
}

static void returns(void) {
  const int pid = getpid(), uid = (int)getuid();
  const char* back = LIVE_64 ? "rt_sigreturn" : "sigreturn";
  struct sigaction action = {.sa_handler = caught};
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGUSR2, &action, NULL);
  struct kernel_action now;
  syscall(SYS_rt_sigaction, SIGUSR2, NULL, &now, 8);
  char flags[64];
  const bool restored = (now.flags & 0x04000000) != 0;  // by the C library's function; else by the vDSO's
  snprintf(flags, sizeof flags, "%s%s", restored ? "SA_RESTORER, sa_restorer=" : "0",
           restored ? address(now.restorer) : "");
  for (int i = 0; i < 2; i++)
    expect("rt_sigaction(SIGUSR2, %s{sa_handler=%p, sa_mask=[TERM], sa_flags=%s}%s, 8) = 0", i ? "NULL, " : "", caught,
           flags, i ? "" : ", NULL");
  kill(pid, SIGUSR2);
  expect("kill(%d, SIGUSR2) = 0", pid);
  expect("--- SIGUSR2 {si_signo=SIGUSR2, si_code=SI_USER, si_pid=%d, si_uid=%d} ---", pid, uid);
  expect("%s({mask=[]}) = 0", back);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  kill(pid, SIGUSR2);
  expect("kill(%d, SIGUSR2) = 0", pid);
  uint64_t open = ~(1ull << (SIGUSR2 - 1));
  syscall(SYS_rt_sigsuspend, &open, 8);
  expect("rt_sigsuspend(~[USR2], 8) = ? ERESTARTNOHAND (To be restarted if no handler)");
  expect("--- SIGUSR2 {si_signo=SIGUSR2, si_code=SI_USER, si_pid=%d, si_uid=%d} ---", pid, uid);
  expect("%s({mask=~[KILL STOP RTMIN RT_1]}) = -1 EINTR (Interrupted system call)", back);
}

static void queued(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  info.si_signo = SIGUSR1;
  info.si_code = SI_QUEUE;
  info.si_pid = 5;
  info.si_uid = 7;
  long rc = syscall(SYS_rt_sigqueueinfo, 0x7fffffff, SIGUSR1, &info);
  expect("rt_sigqueueinfo(2147483647, SIGUSR1, {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=7}) = %s",
         result(rc));
  rc = syscall(SYS_rt_sigqueueinfo, 0x7fffffff, 200, unmapped());
  expect("rt_sigqueueinfo(2147483647, 200, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_rt_tgsigqueueinfo, -1, -2, 0, NULL);
  expect("rt_tgsigqueueinfo(-1, -2, 0, NULL) = %s", result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  actions();
  returns();
  queued();
  live_end();
}
