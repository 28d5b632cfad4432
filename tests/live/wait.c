// Children that end, stop and go on: statuses in the words of wait.h, usage of resources, siginfo of waitid.
// run: -e trace=wait4,waitid,?waitpid -e signal=none
// run: -v -e trace=wait4 -e signal=none
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "live.h"

static int child(int signal, int status) {
  const int pid = fork();
  if (pid == 0) {
    if (signal != 0) kill(getpid(), signal);
    _exit(status);
  }
  return pid;
}

static void endings(int* status) {
  static const struct {
    int signal, code;
    const char* text;
  } ends[] = {{0, 0, "{WIFEXITED(s) && WEXITSTATUS(s) == 0}"},
              {0, 255, "{WIFEXITED(s) && WEXITSTATUS(s) == 255}"},
              {SIGKILL, 0, "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}"},
              {34, 0, "{WIFSIGNALED(s) && WTERMSIG(s) == SIGRT_2}"}};
  for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    const int pid = child(ends[i].signal, ends[i].code);
    long rc = syscall(SYS_wait4, pid, status, __WALL, NULL);
    expect("wait4(%d, [%s], __WALL, NULL) = %s", pid, ends[i].text, result(rc));
  }
}

static void stops(int* status) {
  const int pid = child(SIGSTOP, 9);
  long rc = syscall(SYS_wait4, pid, status, WUNTRACED, NULL);
  expect("wait4(%d, [{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}], WSTOPPED, NULL) = %s", pid, result(rc));
  rc = syscall(SYS_wait4, pid, status, WNOHANG, status);
  expect("wait4(%d, %p, WNOHANG, %p) = 0", pid, status, status);
  siginfo_t* info = tail(sizeof(siginfo_t));
  rc = syscall(SYS_waitid, P_PID, pid, info, WSTOPPED | WNOWAIT | WNOHANG, NULL);
  expect("waitid(P_PID, %d, {}, WNOHANG|WSTOPPED|WNOWAIT, NULL) = %s", pid, result(rc));
  kill(pid, SIGCONT);
  rc = syscall(SYS_waitid, P_PID, pid, info, WEXITED, NULL);
  const char* times = "si_utime=0, si_stime=0";
  if (info->si_utime != 0 || info->si_stime != 0) live_skip("the machine is too slow");
  expect(
      "waitid(P_PID, %d, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=%d, si_uid=%d, si_status=9, %s}, WEXITED, "
      "NULL) = %s",
      pid, pid, getuid(), times, result(rc));
}

static void nobody(int* status) {
  long rc = syscall(SYS_wait4, -1, status, 0xf000000b, status);
  expect("wait4(-1, %p, WNOHANG|WSTOPPED|WCONTINUED|__WCLONE|__WALL|__WNOTHREAD|0x10000000, %p) = %s", status, status,
         result(rc));
  rc = syscall(SYS_wait4, -1, NULL, 0, NULL);
  expect("wait4(-1, NULL, 0, NULL) = %s", result(rc));
  rc = syscall(SYS_waitid, 7, 1, NULL, 0, NULL);
  expect("waitid(0x7 /* P_??? */, 1, NULL, 0, NULL) = %s", result(rc));
  rc = syscall(SYS_waitid, P_PIDFD, 1000, NULL, WEXITED, unmapped());
  expect("waitid(P_PIDFD, 1000, NULL, WEXITED, %p) = %s", unmapped(), result(rc));
#ifdef SYS_waitpid
  const int pid = child(0, 3);
  rc = syscall(SYS_waitpid, pid, status, 0);
  expect("waitpid(%d, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0) = %s", pid, result(rc));
#endif
}

static void usage(int* status) {
  struct {
    long utime[2], stime[2], maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv,
        nsignals, nvcsw, nivcsw;
  } use;
  const int pid = child(0, 1);
  long rc = syscall(SYS_wait4, pid, status, 0, &use);
  char more[512] = "...";
  if (live_run == 1) {
    snprintf(more, sizeof more,
             "ru_maxrss=%lu, ru_ixrss=%lu, ru_idrss=%lu, ru_isrss=%lu, ru_minflt=%lu, ru_majflt=%lu, ru_nswap=%lu, "
             "ru_inblock=%lu, ru_oublock=%lu, ru_msgsnd=%lu, ru_msgrcv=%lu, ru_nsignals=%lu, ru_nvcsw=%lu, "
             "ru_nivcsw=%lu",
             use.maxrss, use.ixrss, use.idrss, use.isrss, use.minflt, use.majflt, use.nswap, use.inblock, use.oublock,
             use.msgsnd, use.msgrcv, use.nsignals, use.nvcsw, use.nivcsw);
  }
  expect(
      "wait4(%d, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, {ru_utime={tv_sec=%ld, tv_usec=%lu}, "
      "ru_stime={tv_sec=%ld, tv_usec=%lu}, %s}) = %s",
      pid, use.utime[0], use.utime[1], use.stime[0], use.stime[1], more, result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  sigset_t blocked;  // else SIGCHLD interrupts the waits
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGCHLD);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  live_begin(argc, argv);
  int* status = tail(sizeof(int));
  if (live_run == 0) {
    endings(status);
    stops(status);
    nobody(status);
  }
  usage(status);
  live_end();
}
