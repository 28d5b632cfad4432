// exec_thread [leaves]: a thread that is not the leader calls execve of this program with "done", while two others
// sleep and the leader sleeps too, or with `leaves` has left by then. "done" exits with 5.
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_barrier_t all;

static void* sleep_for_ever(void* unused) {
  pthread_barrier_wait(&all);
  for (;;) pause();
  return unused;
}

static void* execute(void* self) {
  pthread_barrier_wait(&all);
  char* words[] = {self, "done", NULL};
  execv(self, words);
  _exit(9);
}

int main(int argc, char** argv) {
  if (argc > 1 && !strcmp(argv[1], "done")) return 5;
  pthread_barrier_init(&all, NULL, 4);
  pthread_t thread;
  pthread_create(&thread, NULL, sleep_for_ever, NULL);
  pthread_create(&thread, NULL, sleep_for_ever, NULL);
  pthread_create(&thread, NULL, execute, argv[0]);
  pthread_barrier_wait(&all);
  if (argc > 1) syscall(SYS_exit, 3);  // the leader alone
  for (;;) pause();
}
