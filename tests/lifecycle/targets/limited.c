// limited KIND: a program for whom ktrace, not it, is at a limit. It says "over" and exits with 0 if nothing hurt it.
//   calls    makes calls that a filter stops, a child too if there may be one
//   writes   makes memory free for itself and writes much of it at once
//   tires    makes calls for some seconds, so that who looks at them has as much to do
//   leads    leaves its threads alone until standard input ends
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { many_calls = 3000, much = 60 << 20 };

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(9);
}

static void calls(void) {
  for (int i = 0; i < many_calls; ++i) check(syscall(SYS_getppid) >= 0, "getppid");
  const pid_t child = fork();
  if (child == 0) _exit(syscall(SYS_getppid) < 0);
  if (child < 0) return;  // so it would be without a tracer
  int status = 0;
  check(waitpid(child, &status, 0) == child && status == 0, "child");
}

static void writes(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
  const void *memory = mmap(NULL, much, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int nowhere = open("/dev/null", O_WRONLY);
  for (int i = 0; i < 3; ++i) check(write(nowhere, memory, much) == much, "write");
  calls();
}

static void tires(void) {
  signal(SIGXCPU, SIG_IGN);
  const time_t end = time(NULL) + 5;
  while (time(NULL) < end) syscall(SYS_getppid);
}

static void *survive(void *unused) {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) syscall(SYS_getppid);
  check(write(STDOUT_FILENO, "over\n", 5) == 5, "write");
  return unused;
}

static void leads(void) {
  pthread_t thread;
  check(pthread_create(&thread, NULL, survive, NULL) == 0, "pthread_create");
  check(write(STDOUT_FILENO, "ready\n", 6) == 6, "write");
  syscall(SYS_exit, 0);
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  if (strcmp(kind, "calls") == 0) calls();
  if (strcmp(kind, "writes") == 0) writes();
  if (strcmp(kind, "tires") == 0) tires();
  if (strcmp(kind, "leads") == 0) leads();
  check(write(STDOUT_FILENO, "over\n", 5) == 5, "write");
  return 0;
}
