// tampered [pair|leave]: makes calls that a tracer is to tamper with, named by their paths, and looks at what it gets.
// Exit status 0 if all is as the paths say; else a message and 1.
//   pair   a child makes a slow call while its parent makes quick ones until it ends
//   leave  the one call is expected to be made as it is
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t signals;
static int odd;

static void on_signal(int number) {
  (void)number;
  ++signals;
}

static void expect(const char* what, long got, long wanted) {
  if (got == wanted) return;
  fprintf(stderr, "tampered: %s: %ld (errno %d), expected %ld\n", what, got, errno, wanted);
  odd = 1;
}

static long call(const char* path) {
  errno = 0;
  const long result = syscall(SYS_chdir, path);
  return result == -1 ? -errno : result;
}

static int pair(void) {
  const pid_t child = fork();
  if (child == 0) {
    call("/nonexistent/slow");
    _exit(0);
  }
  int status = 0;
  pid_t ended = 0;
  while (ended == 0) {
    call("/nonexistent/quick");
    ended = waitpid(child, &status, WNOHANG);
  }
  expect("waitpid", ended, child);
  return odd;
}

#if defined(__x86_64__)
// 64-bit code that calls by the 32-bit entry: the path has to lie below 4 GB, so there is none.
static long call_int80(long number) {
  long result = number;
  __asm__ volatile("int $0x80" : "+a"(result) : "b"(0L), "c"(0L), "d"(0L) : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}
#endif

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "pair") == 0) return pair();
  if (argc > 1 && strcmp(argv[1], "leave") == 0) {
    expect("leave", call("/nonexistent/leave"), -ENOENT);
    expect("after", call("/nonexistent/after"), -ENOENT);
    return odd;
  }
  const struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  for (int i = 0; i < 3; ++i) {
    expect("error", call("/nonexistent/error"), -EPERM);
    expect("value", call("/nonexistent/value"), 1234567);
    expect("negative", call("/nonexistent/negative"), -4000);
    expect("pure", call("/nonexistent/pure"), 42);
    expect("none", call("/nonexistent/none"), -ENOENT);
    signals = 0;
    expect("signal", call("/nonexistent/signal"), -ENOENT);
    expect("signals", signals, 1);
    expect("both", call("/nonexistent/both"), -EIO);
    expect("signals", signals, 2);
    expect("held", call("/nonexistent/held"), -ENOENT);
    expect("poke", call("/nonexistent/poke"), 0);  // a constant that says "/" from now on
#if defined(__x86_64__)
    if (argc > 1 && strcmp(argv[1], "int80") == 0) expect("int $0x80", call_int80(12), -ENOTTY);
#endif
  }
  return odd;
}
