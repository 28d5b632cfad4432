// stopper ROUNDS: stops and continues a child with SIGSTOP and SIGCONT, then SIGTSTP, and watches it do so as a shell
// would. The child counts the SIGCONTs it gets and exits with that count modulo 200.
#define _GNU_SOURCE
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t continued;

static int to_parent;

static void count(int signal) {
  (void)signal;
  continued = continued + 1;
  if (write(to_parent, "c", 1) != 1) _exit(254);
}

static volatile sig_atomic_t finish;
static void leave(int signal) {
  (void)signal;
  finish = 1;
}

static void child(int ready) {
  to_parent = ready;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &all, NULL);
  signal(SIGCONT, count);
  signal(SIGTERM, leave);
  if (write(ready, "r", 1) != 1) _exit(255);
  while (!finish) sigsuspend(&none);
  _exit(continued % 200);
}

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? atoi(argv[1]) : 10;
  int ends[2];
  char byte;
  if (pipe(ends) != 0) return 2;
  const pid_t pid = fork();
  if (pid == 0) child(ends[1]);
  if (read(ends[0], &byte, 1) != 1) return 3;
  setpgid(pid, pid);
  for (int i = 0; i < rounds; ++i) {
    int status = 0;
    const int how = SIGSTOP;
    kill(pid, how);
    if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != how) return 4;
    kill(pid, SIGCONT);
    if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status)) return 5;
    // A new SIGSTOP would take away a SIGCONT that is still pending.
    if (read(ends[0], &byte, 1) != 1) return 8;
  }
  int status = 0;
  kill(pid, SIGTERM);
  if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) return 6;
  return WEXITSTATUS(status) == rounds % 200 ? 0 : 7;
}
