// threads N ROUNDS: N threads, each calling getppid ROUNDS times. Exit status 0 if every call was made.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static long rounds;

static void* work(void* made) {
  for (long i = 0; i < rounds; ++i)
    if (syscall(SYS_getppid) > 0) ++*(long*)made;
  return NULL;
}

int main(int argc, char** argv) {
  long count = argc > 1 ? atol(argv[1]) : 4;
  rounds = argc > 2 ? atol(argv[2]) : 100;
  pthread_t* threads = calloc((size_t)count, sizeof *threads);
  long* made = calloc((size_t)count, sizeof *made);
  for (long i = 0; i < count; ++i) pthread_create(&threads[i], NULL, work, &made[i]);
  for (long i = 0; i < count; ++i) {
    pthread_join(threads[i], NULL);
    if (made[i] != rounds) return 1;
  }
  return 0;
}
