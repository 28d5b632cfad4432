// A 64-bit program that calls through the 32-bit gate: these calls, and these only, are i386 ones.
// only: 64
#include "live.h"

int main(int argc, char** argv) {
#ifdef __x86_64__
  live_begin(argc, argv);
  const int pid = getpid();
  expect("getpid() = %d", pid);
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20 /* getpid */) : "memory");
  expect("getpid() = %ld", result);
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(41 /* dup */), "b"(-1L) : "memory");
  expect("dup(-1) = -1 EBADF (Bad file descriptor)");
  const int parent = getppid();
  expect("getppid() = %d", parent);
  live_end();
#else
  (void)argc, (void)argv;
  live_skip("no int $0x80 here");
#endif
}
