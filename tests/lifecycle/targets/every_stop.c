// every_stop: its processes come by every kind of ptrace stop: a signal, a group-stop, fork, clone, execve, exit. A
// child that is killed meanwhile does not disturb the others.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void nothing(int signal) {
  (void)signal;
}
static void* idle(void* unused) {
  return unused;
}

int main(int argc, char** argv) {
  if (argc > 1) return 0;
  signal(SIGUSR1, nothing);
  raise(SIGUSR1);
  const pid_t self = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody else would continue it
    if (getppid() != self) _exit(0);
    raise(SIGSTOP);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status)) {
    kill(child, SIGCONT);
    waitpid(child, &status, 0);
  }
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  pthread_join(thread, NULL);
  execl(argv[0], argv[0], "again", (char*)NULL);
  return 1;
}
