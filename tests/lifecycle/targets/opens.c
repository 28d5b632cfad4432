// Opens a file again and again, itself and in children (by fork and, hidden from tracers, by clone with
// CLONE_UNTRACED), until a byte arrives in FILE.stop. Every open that fails is written to FILE; at its end FILE says
// "done".
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int report;

static void try_open(const char *who) {
  const int fd = open("/dev/null", O_RDONLY);
  if (fd >= 0) {
    close(fd);
  } else {
    dprintf(report, "%s: %s\n", who, strerror(errno));
  }
}

static void in_child(long pid, const char *who) {
  if (pid == 0) {
    try_open(who);
    _exit(0);
  }
  int status;
  waitpid((pid_t)pid, &status, __WALL);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  char stop[4096];
  snprintf(stop, sizeof stop, "%s.stop", argv[1]);
  report = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
  for (long round = 0; access(stop, F_OK) != 0; ++round) {
    try_open("itself");
    in_child(fork(), "child");
    in_child(syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0), "untraced child");
    if (round == 3) dprintf(report, "ready\n");
  }
  dprintf(report, "done\n");
  return 0;
}
