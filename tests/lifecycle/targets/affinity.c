// affinity ROUNDS: looks at its own CPU mask in every way there is, between other calls, and has children do the same.
// Exit status 0 if it never changes. With ROUNDS 0: makes calls for ever; with -1: makes some, then computes for ever.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static cpu_set_t first;
static char first_line[256];

static int same_mask(void) {
  cpu_set_t now;
  CPU_ZERO(&now);
  return sched_getaffinity(0, sizeof now, &now) == 0 && CPU_EQUAL(&now, &first);
}

static void read_line(char* line, size_t size) {
  char text[4096];
  const int file = open("/proc/self/status", O_RDONLY);
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length > 0 ? length : 0] = 0;
  const char* found = strstr(text, "Cpus_allowed:");
  snprintf(line, size, "%.*s", found ? (int)strcspn(found, "\n") : 0, found ? found : "");
}

static int same_line(void) {
  char line[256];
  read_line(line, sizeof line);
  return line[0] != 0 && !strcmp(line, first_line);
}

static int same_in_child(void) {
  const pid_t child = fork();
  if (child == 0) _exit(same_mask() ? 0 : 1);
  int status = 1;
  return waitpid(child, &status, 0) == child && status == 0;
}

int main(int argc, char** argv) {
  const long rounds = argc > 1 ? atol(argv[1]) : 100;
  CPU_ZERO(&first);
  sched_getaffinity(0, sizeof first, &first);
  read_line(first_line, sizeof first_line);
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 9;
  if (rounds == -1) {
    for (int k = 0; k < 500; ++k) syscall(SYS_getppid);
    for (volatile long k = 0;; ++k) {
    }
  }
  for (long i = 0; rounds == 0 || i < rounds; ++i) {
    for (int k = 0; k < 20; ++k) syscall(SYS_getppid);
    if (rounds == 0) continue;
    if (!same_mask()) return 1;
    if (!same_line()) return 2;
    if (i % 20 == 0 && !same_in_child()) return 3;
  }
  return 0;
}
