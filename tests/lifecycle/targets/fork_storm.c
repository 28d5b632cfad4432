// fork_storm DEPTH WIDTH: every process makes WIDTH children, DEPTH generations deep, and waits for them. Leaves make
// three getppid calls. Exit status: 0 if all went well.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int grow(int depth, int width) {
  if (depth == 0) {
    for (int i = 0; i < 3; ++i) syscall(SYS_getppid);
    return 0;
  }
  int bad = 0;
  for (int i = 0; i < width; ++i) {
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) _exit(grow(depth - 1, width));
  }
  int status;
  for (int i = 0; i < width; ++i)
    if (wait(&status) < 0 || status != 0) bad = 1;
  return bad;
}

int main(int argc, char** argv) {
  return argc == 3 ? grow(atoi(argv[1]), atoi(argv[2])) : 2;
}
