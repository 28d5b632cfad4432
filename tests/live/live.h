// For programs that are traced and predict their own trace, line by line (tests/live/run.py compares).
//
//   int main(int argc, char** argv) {
//     live_begin(argc, argv);                           // what was traced up to here does not count
//     long rc = syscall(__NR_kill, 0, 0);
//     expect("kill(0, 0) = %s", result(rc));            // "0", or "-1 ESRCH (No such process)"
//     live_end();                                       // prints the predictions and `+++ exited with 0 +++`
//   }
//
// expect() makes no system calls, so a program may be traced without any filter. Memory for hostile pointers:
// tail(size) ends at an unreadable page, unmapped() is one. live_run is the index of the `// run:` line.
#pragma once

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LIVE_64 (sizeof(long) == 8)

static int live_run;
static char live_text[1 << 20];
static size_t live_used;

// The kernel lacks what the program needs: the test is skipped.
__attribute__((unused)) static void live_skip(const char* why) {
  fprintf(stderr, "%s\n", why);
  _exit(77);
}

__attribute__((unused)) static void live_begin(int argc, char** argv) {
  live_run = argc > 1 ? atoi(argv[1]) : 0;
  syscall(SYS_sethostname, NULL, -1);
}

// From now on the kernel does nothing for call `number`; it answers with 0, or with `error` if that is not 0. With
// `even` the answer is 0 if the first argument is even, and `error` else.
__attribute__((unused)) static void live_answer(long number, unsigned error, bool even) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, even ? 1 : 0, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (even ? 0 : error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    live_skip("no seccomp filters");
  }
}

// The next line that the tracer must print (without a newline).
__attribute__((format(printf, 1, 2), unused)) static void expect(const char* format, ...) {
  const int saved = errno;
  va_list list;
  va_start(list, format);
  live_used += (size_t)vsnprintf(live_text + live_used, sizeof live_text - live_used, format, list);
  va_end(list);
  live_text[live_used++] = '\n';
  errno = saved;
}

__attribute__((noreturn, unused)) static void live_end(void) {
  syscall(SYS_sethostname, NULL, -2);
  expect("+++ exited with 0 +++");
  for (size_t done = 0; done < live_used;) {
    ssize_t n = write(1, live_text + done, live_used - done);
    if (n <= 0) _exit(1);
    done += (size_t)n;
  }
  _exit(0);
}

// One of a few buffers for what the functions below return.
__attribute__((unused)) static char* live_buffer(size_t* size) {
  static char buffers[16][1024];
  static unsigned next;
  *size = sizeof buffers[0];
  return buffers[next++ % 16];
}

__attribute__((format(printf, 1, 2), unused)) static const char* format(const char* text, ...) {
  size_t size;
  char* out = live_buffer(&size);
  va_list list;
  va_start(list, text);
  vsnprintf(out, size, text, list);
  va_end(list);
  return out;
}

// What stands after ` = ` for the result of syscall(2) or of a libc wrapper.
__attribute__((unused)) static const char* result(long rc) {
  const int saved = errno;
  const char* out = rc != -1 ? format("%ld", rc) : format("-1 %s (%s)", strerrorname_np(saved), strerrordesc_np(saved));
  errno = saved;
  return out;
}

// The same for calls whose result is an address.
__attribute__((unused)) static const char* result_address(long rc) {
  return rc == -1 ? result(rc) : format("%#lx", rc);
}

// NULL or hexadecimal.
__attribute__((unused)) static const char* address(const volatile void* p) {
  return p ? format("%#lx", (unsigned long)p) : "NULL";
}

// `size` bytes that end where an unreadable page begins.
__attribute__((unused)) static void* tail(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t whole = (size + page - 1) / page * page;
  char* at = mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED || munmap(at + whole, page) != 0 ||
      mmap(at + whole, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    perror("tail");
    _exit(1);
  }
  memset(at, 0, whole);
  return at + whole - size;
}

// A copy of `size` bytes that ends where an unreadable page begins.
__attribute__((unused)) static void* tail_copy(const void* from, size_t size) {
  return memcpy(tail(size), from, size);
}

// An address that cannot be read.
__attribute__((unused)) static void* unmapped(void) {
  static char* at;
  if (!at) at = (char*)tail(1) + 1;
  return at;
}
