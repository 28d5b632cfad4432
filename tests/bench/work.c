// What is timed where no ordinary program does just that: work WHAT COUNT.
//   opens     open and close a file, COUNT times
//   threads   the same in each of 16 threads at once
//   getdents  read a directory, COUNT times
//   pingpong  two threads hand a futex to and fro, COUNT times
//   spawn     COUNT short processes, one after the other
//   deep      getppid, 17 frames deep with those of the C library, COUNT times
//   crowd     COUNT threads, each of which waits for a byte of the standard input; says "ready" when all are there
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long count;
static atomic_int turn;

static void *opens(void *unused) {
  for (long k = 0; k < count; ++k) close(open("/dev/null", O_RDONLY));
  return unused;
}

static void getdents(void) {
  char entries[32768];
  for (long k = 0; k < count; ++k) {
    const int fd = open("/usr/bin", O_RDONLY | O_DIRECTORY);
    while (syscall(SYS_getdents64, fd, entries, sizeof entries) > 0) {
    }
    close(fd);
  }
}

static void *play(void *side) {
  const int mine = side != NULL;
  for (long k = 0; k < count; ++k) {
    while (atomic_load(&turn) != mine) syscall(SYS_futex, &turn, FUTEX_WAIT, !mine, NULL, NULL, 0);
    atomic_store(&turn, !mine);
    syscall(SYS_futex, &turn, FUTEX_WAKE, 1, NULL, NULL, 0);
  }
  return NULL;
}

__attribute__((noinline)) static void deep(int more) {
  if (more)
    deep(more - 1);
  else
    for (long k = 0; k < count; ++k) getppid();
  __asm__ volatile("");  // what follows a call keeps it from becoming a jump
}

static void *await_byte(void *unused) {
  char byte;
  if (read(0, &byte, 1) != 1) _exit(3);  // nothing may disturb it
  return unused;
}

static void crowd(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  pthread_t *all = calloc((size_t)count, sizeof *all);
  for (long k = 0; k < count; ++k)
    if (pthread_create(&all[k], &small, await_byte, NULL) != 0) _exit(2);
  puts("ready");
  fflush(stdout);
  for (long k = 0; k < count; ++k) pthread_join(all[k], NULL);
  free(all);
}

static void in_threads(void *(*what)(void *), int threads) {
  pthread_t all[16];
  for (int k = 0; k < threads; ++k) pthread_create(&all[k], NULL, what, k == 0 ? NULL : &count);
  for (int k = 0; k < threads; ++k) pthread_join(all[k], NULL);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  count = atol(argv[2]);
  if (strcmp(argv[1], "opens") == 0) {
    opens(NULL);
  } else if (strcmp(argv[1], "threads") == 0) {
    in_threads(opens, 16);
  } else if (strcmp(argv[1], "crowd") == 0) {
    crowd();
  } else if (strcmp(argv[1], "getdents") == 0) {
    getdents();
  } else if (strcmp(argv[1], "pingpong") == 0) {
    in_threads(play, 2);
  } else if (strcmp(argv[1], "deep") == 0) {
    deep(11);
  } else if (strcmp(argv[1], "spawn") == 0) {
    for (long k = 0; k < count; ++k) {
      if (fork() == 0) _exit(0);
      wait(NULL);
    }
  } else {
    return 2;
  }
  return 0;
}
