// A program whose stacks are known: `subject WHAT...`. The functions stay functions whatever the compiler thinks.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline, noclone, noipa))
#define NOT_LAST __asm__ volatile("")  // so that a call before it is no tail call

static FUNCTION void inner(int times) {
  for (int i = 0; i < times; i++) syscall(SYS_getppid);
  NOT_LAST;
}

FUNCTION void victim(int times) {  // run.py gives it another name
  inner(times);
  NOT_LAST;
}

static FUNCTION void fails(void) {
  close(-1);
  NOT_LAST;
}

static FUNCTION void sleeps(long milliseconds) {
  nanosleep(&(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000}, NULL);
  NOT_LAST;
}

static FUNCTION void writes(void) {
  static char block[1000];
  const int null = open("/dev/null", O_WRONLY);
  for (int i = 0; i < 3; i++)
    if (write(null, block, sizeof block) != sizeof block) _exit(1);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0) _exit(1);
  struct iovec data[2] = {{block, 400}, {block, 20}};
  struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = &data[0], .msg_iovlen = 1}},
                                {.msg_hdr = {.msg_iov = &data[1], .msg_iovlen = 1}}};
  if (sendmmsg(ends[0], messages, 2, 0) != 2 || recvmmsg(ends[1], messages, 2, 0, NULL) != 2) _exit(1);
  close(null);
}

static FUNCTION void forks(void) {
  const pid_t child = fork();
  if (child == 0) {
    inner(4);
    prctl(PR_SET_NAME, "child");
    inner(5);
    _exit(0);
  }
  waitpid(child, NULL, 0);
}

static FUNCTION void* runs(void* nothing) {
  inner(6);
  return nothing;
}

static FUNCTION void threads(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, runs, NULL) != 0) _exit(1);
  pthread_join(thread, NULL);
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "inner") == 0) inner(30);
    if (strcmp(argv[i], "victim") == 0) victim(20);
    if (strcmp(argv[i], "fails") == 0) fails();
    if (strcmp(argv[i], "sleeps") == 0) sleeps(60);
    if (strcmp(argv[i], "waits") == 0) sleeps(30000);
    if (strcmp(argv[i], "writes") == 0) writes();
    if (strcmp(argv[i], "forks") == 0) forks();
    if (strcmp(argv[i], "threads") == 0) threads();
    if (strcmp(argv[i], "named") == 0) prctl(PR_SET_NAME, argv[++i]);
  }
  return 3;
}
