// vfork_storm N: N times vfork and execve of /bin/true, then N times a child that exits at once. 0 if all went well.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 10;
  for (int i = 0; i < 2 * count; ++i) {
    const pid_t child = vfork();
    if (child == 0) {
      if (i < count) execl("/bin/true", "true", (char*)NULL);
      _exit(i < count ? 9 : 0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) return 1;
  }
  return 0;
}
