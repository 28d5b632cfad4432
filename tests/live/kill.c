// Signals sent with kill, tkill and tgkill: process ids, signal names.
// run: -e trace=kill,tkill,tgkill
#include <signal.h>

#include "live.h"

int main(int argc, char** argv) {
  live_begin(argc, argv);
  const int pid = getpid();
  static const struct {
    int number;
    const char* name;
  } signals[] = {{0, "0"},   {SIGURG, "SIGURG"}, {SIGCHLD, "SIGCHLD"}, {SIGWINCH, "SIGWINCH"},
                 {65, "65"}, {-1, "-1"},         {1000, "1000"}};
  for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    const int number = signals[i].number;
    long rc = syscall(SYS_kill, 0x7fffffff, number);
    expect("kill(2147483647, %s) = %s", signals[i].name, result(rc));
    rc = syscall(SYS_tkill, 0x7fffffff, number);
    expect("tkill(2147483647, %s) = %s", signals[i].name, result(rc));
    rc = syscall(SYS_tgkill, -2, 0x7fffffff, number);
    expect("tgkill(-2, 2147483647, %s) = %s", signals[i].name, result(rc));
  }
  long rc = syscall(SYS_tgkill, pid, pid, 0);
  expect("tgkill(%d, %d, 0) = %s", pid, pid, result(rc));
  rc = syscall(SYS_kill, -pid - 100000, SIGRTMIN);
  expect("kill(%d, SIGRT_2) = %s", -pid - 100000, result(rc));
  live_end();
}
