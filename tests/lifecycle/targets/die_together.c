// die_together N HOW: N threads call getppid for ever; when each has begun, the process dies: `exit`: a thread calls
// exit_group(7); `kill`: SIGKILL; `abort`: SIGSEGV of one thread; `leader`: the leader goes first, then a thread.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_barrier_t all;
static const char* how;

static void* spin(void* unused) {
  pthread_barrier_wait(&all);
  for (;;) syscall(SYS_getppid);
  return unused;
}

static void* finish(void* unused) {
  pthread_barrier_wait(&all);
  if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
  if (!strcmp(how, "abort")) *(volatile int*)8 = 1;
  if (!strcmp(how, "leader")) usleep(20000);
  syscall(SYS_exit_group, 7);
  return unused;
}

int main(int argc, char** argv) {
  int count = argc > 1 ? atoi(argv[1]) : 8;
  how = argc > 2 ? argv[2] : "exit";
  pthread_barrier_init(&all, NULL, (unsigned)count + 2);
  pthread_t thread;
  for (int i = 0; i < count; ++i) pthread_create(&thread, NULL, spin, NULL);
  pthread_create(&thread, NULL, finish, NULL);
  pthread_barrier_wait(&all);
  if (!strcmp(how, "leader")) syscall(SYS_exit, 3);
  for (;;) pause();
}
