// Calls to be tampered with; says on standard output, with writev, what it got. The argument chooses the calls.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void say(const char* what, long result) {
  char line[200];
  const int length = snprintf(line, sizeof line, "%s %ld %s\n", what, result, result == -1 ? strerror(errno) : "");
  const struct iovec piece = {line, (size_t)length};
  if (writev(1, &piece, 1) < 0) _exit(9);
}

static void on_signal(int number) { say("signal", number); }

static void paths(void) {
  say("/tmp", chdir("/tmp"));
  say("/nonexistent", chdir("/nonexistent"));
  say("/", chdir("/"));
}

// Reading what was written, with buffers that a rule may change.
static void data(void) {
  char buffer[64] = "abcdefgh";
  int ends[2];
  say("pipe2", pipe2(ends, O_NONBLOCK));  // as what is written may not arrive
  say("write", syscall(SYS_write, ends[1], buffer, 8));
  memset(buffer, '.', sizeof buffer);
  buffer[8] = 0;
  say("read", syscall(SYS_read, ends[0], buffer, 8));
  say(buffer, 0);
  struct pollfd polled[2] = {{.fd = ends[1], .events = POLLOUT}, {.fd = ends[0], .events = POLLIN}};
#ifdef SYS_poll
  say("poll", syscall(SYS_poll, polled, 2, 0));
#else
  const struct timespec at_once = {0, 0};
  say("ppoll", syscall(SYS_ppoll, polled, 2, &at_once, NULL, 8));
#endif
}

// Places that cannot be written as they are.
static void places(void) {
  char* hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(hole + 4096, 4096);
  memcpy(hole + 4092, "/tm", 4);
  say("null", syscall(SYS_chdir, NULL));
  say("hole", syscall(SYS_chdir, hole + 4096));
  say("end", syscall(SYS_chdir, hole + 4092));
  char* constant = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(constant, "/tmp", 5);
  mprotect(constant, 4096, PROT_READ);
  say("constant", syscall(SYS_chdir, constant));
  say(constant, 0);
}

// Results of every kind.
static void results(void) {
#ifdef SYS_open
  syscall(SYS_open, "/dev/null", O_RDONLY);
#endif
  syscall(SYS_getppid);
  syscall(SYS_umask, 022);
  syscall(SYS_fcntl, 1, F_GETFL);
  syscall(SYS_dup, 1);
#ifdef SYS_readlink
  syscall(SYS_readlink, "/proc/self/exe", "xxxx", 4);
#endif
#ifdef SYS_mmap
  syscall(SYS_mmap, 0, 0, 0, 0, 0, 0);
#endif
  syscall(SYS_times, NULL);
#ifdef SYS_alarm
  syscall(SYS_alarm, 0);
#endif
}

static volatile long thread_id;

static void* thread(void* nothing) {
  thread_id = syscall(SYS_gettid);
  say("t1", chdir("/nonexistent/t1"));
  say("t2", chdir("/nonexistent/t2"));
  return nothing;
}

// A thread, a child and another program, each of which calls again.
static void family(char* self) {
  say("m1", chdir("/nonexistent/m1"));
  pthread_t started;
  if (pthread_create(&started, NULL, thread, NULL) == 0) pthread_join(started, NULL);
  while (thread_id && syscall(SYS_tgkill, getpid(), thread_id, 0) == 0) sched_yield();  // its end has been seen
  say("m2", chdir("/nonexistent/m2"));
  int gate[2];
  if (pipe(gate) != 0) return;
  const int child = fork();
  close(gate[1]);
  if (child == 0) {
    read(gate[0], gate, 1);  // until fork() has returned to the parent, which may take longer
    say("c1", chdir("/nonexistent/c1"));
    say("c2", chdir("/nonexistent/c2"));
    _exit(0);
  }
  close(gate[0]);
  if (child > 0) waitpid(child, NULL, 0);
  say("m3", chdir("/nonexistent/m3"));
  execl(self, self, "again", NULL);
  say("execl", -1);
}

static void again(void) {
  say("x1", chdir("/nonexistent/x1"));
  say("x2", chdir("/nonexistent/x2"));
}

static void unknown(void) {
  say("999", syscall(999, 1, 2, 3, 4, 5, 6));
  say("998", syscall(998, 1, 2, 3, 4, 5, 6));
}

#ifdef SYS_socketcall
// Two calls under the number of a third: their arguments are in memory, or one register further.
static void shared(void) {
  static struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
  unsigned long words[6] = {AF_UNIX, SOCK_STREAM, 0};
  const int fd = (int)syscall(SYS_socketcall, 1, words);
  say("socket", fd);
  words[0] = (unsigned long)fd;
  words[1] = (unsigned long)&address;
  words[2] = sizeof address;
  say("connect", syscall(SYS_socketcall, 3, words));
  say("connect", syscall(SYS_socketcall, 3, words));
  say("socketcall", syscall(SYS_socketcall, 99, words));
  char text[] = "/nonexistent";
  say("shmdt", syscall(SYS_ipc, 22, 0, 0, 0, text, 0));
}
#endif

int main(int count, char** words) {
  const struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  const char* what = count > 1 ? words[1] : "";
  if (strcmp(what, "paths") == 0) paths();
  if (strcmp(what, "data") == 0) data();
  if (strcmp(what, "places") == 0) places();
  if (strcmp(what, "results") == 0) results();
  if (strcmp(what, "family") == 0) family(words[0]);
  if (strcmp(what, "again") == 0) again();
  if (strcmp(what, "unknown") == 0) unknown();
#ifdef SYS_socketcall
  if (strcmp(what, "shared") == 0) shared();
#endif
  return 0;
}
