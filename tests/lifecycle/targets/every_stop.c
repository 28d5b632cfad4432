// every_stop: comes by every kind of ptrace stop: a signal, a group-stop (a child continues it), fork, clone, execve,
// exit.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
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
    usleep(50000);
    kill(self, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
  waitpid(child, NULL, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, idle, NULL);
  pthread_join(thread, NULL);
  execl(argv[0], argv[0], "again", (char*)NULL);
  return 1;
}
