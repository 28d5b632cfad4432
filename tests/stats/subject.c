// A program whose system calls are known by number: `subject serve BURSTS SIZE` answers bursts of requests on a socket
// as a server does, with idle time between them; `subject files FOLDER` reads and writes files of known sizes;
// `subject processes COUNT` starts that many, a few at a time, each of which makes one call, and says how many kilobytes
// its tracer has needed for that.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int serve(int bursts, int size) {
  int ends[2];
  char byte = 'x';
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  for (int burst = 0; burst < bursts; burst++) {
    for (int i = 0; i < size; i++) {
      if (send(ends[0], &byte, 1, 0) != 1 || recv(ends[1], &byte, 1, 0) != 1) return 1;
      if (i % 10 == 0) close(-1);
    }
    const struct timespec idle = {.tv_nsec = 30000000};
    nanosleep(&idle, NULL);
  }
  return 7;
}

static int files(const char* folder) {
  static char block[1000];
  if (chdir(folder) != 0) return 1;
  int out = open("written", O_RDWR | O_CREAT | O_TRUNC, 0600);
  for (int i = 0; i < 5; i++)
    if (write(out, block, sizeof block) != sizeof block) return 1;
  int in = open("./written", O_RDONLY);
  if (read(in, block, 300) != 300 || pread(in, block, 700, 0) != 700) return 1;
  int copy = open("copied", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (sendfile(copy, out, &(off_t){0}, 2000) != 2000) return 1;
  access("missing", F_OK);
  unlink("copied");
  return close(in) + close(copy) + close(out);
}

// The number behind a name in /proc/PID/status; 0: there is none.
static long status_of(long pid, const char* name) {
  char path[40];
  char line[200];
  long number = 0;
  snprintf(path, sizeof path, "/proc/%ld/status", pid);
  FILE* status = fopen(path, "r");
  while (status && fgets(line, sizeof line, status))
    if (strncmp(line, name, strlen(name)) == 0) number = atol(line + strlen(name));
  if (status) fclose(status);
  return number;
}

static int processes(int count) {
  const int at_once = 8;
  for (int i = 0; i < count; i++) {
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      getppid();
      _exit(0);
    }
    if (i >= at_once) wait(NULL);
  }
  while (wait(NULL) > 0) {
  }
  printf("%ld\n", status_of(status_of(getpid(), "TracerPid:"), "VmHWM:"));
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "serve") == 0) return serve(atoi(argv[2]), atoi(argv[3]));
  if (argc == 3 && strcmp(argv[1], "files") == 0) return files(argv[2]);
  if (argc == 3 && strcmp(argv[1], "processes") == 0) return processes(atoi(argv[2]));
  return 2;
}
