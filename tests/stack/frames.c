// Calls getppid from places of every kind, whose stacks are known: frames WHAT.
//   deep     14 calls deep
//   signal   in a signal handler, on a stack of its own, that interrupted a function three deep
//   vdso     clock_gettime in the vDSO (of a clock that the vDSO hands on to the kernel)
//   jit      in code that is in no file: with a frame pointer
//   remap    from two pieces of code that lay at the same address, one after the other
//   garbage  with a stack that has nothing but nonsense in it, and with none
//   exit     exit_group, three deep
//   thread   in a thread
//   deleted  the same as deep, when the program's file is gone
//   bind     a function that was never called before
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define HERE __asm__ volatile("")  // what follows a call keeps it from becoming a jump

NOINLINE static void call(void) {
  syscall(SYS_getppid);
  HERE;
}

NOINLINE static void deep(int more) {
  char room[64];
  memset(room, more, sizeof room);
  __asm__ volatile("" : : "r"(room) : "memory");
  if (more)
    deep(more - 1);
  else
    call();
  HERE;
}

static void on_signal(int number) {
  (void)number;
  call();
  HERE;
}

NOINLINE static void interrupted(int more) {
  if (more)
    interrupted(more - 1);
  else
    raise(SIGUSR1);
  HERE;
}

static void in_handler(void) {
  static char stack[1 << 16];
  const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&other, NULL);
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  interrupted(2);
}

NOINLINE static void tell_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  HERE;
}

#if defined(__x86_64__)
// push %rbp; mov %rsp,%rbp; mov $getppid,%eax; syscall; pop %rbp; ret
static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xb8, SYS_getppid, 0, 0, 0, 0x0f, 0x05, 0x5d, 0xc3};
#elif defined(__i386__)
// push %ebp; mov %esp,%ebp; mov $getppid,%eax; int $0x80; pop %ebp; ret
static const unsigned char code[] = {0x55, 0x89, 0xe5, 0xb8, SYS_getppid, 0, 0, 0, 0xcd, 0x80, 0x5d, 0xc3};
#else
// stp x29, x30, [sp, #-16]!; mov x29, sp; mov x8, #173; svc #0; ldp x29, x30, [sp], #16; ret
static const unsigned code[] = {0xa9bf7bfd, 0x910003fd, 0xd28015a8, 0xd4000001, 0xa8c17bfd, 0xd65f03c0};
#endif

NOINLINE __attribute__((optimize("no-omit-frame-pointer"))) static void run(void *at) {
  ((void (*)(void))at)();
  HERE;
}

static void *put(int fd, void *at) {
  const int flags = fd < 0 ? MAP_ANONYMOUS | MAP_PRIVATE : MAP_SHARED;
  return mmap(at, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, flags | (at ? MAP_FIXED : 0), fd, 0);
}

static int file_of(const char *name) {
  const int fd = memfd_create(name, 0);
  if (write(fd, code, sizeof code) != (ssize_t)sizeof code) exit(1);
  return fd;
}

static void jit(void) {
  void *const at = put(-1, NULL);
  memcpy(at, code, sizeof code);
  __builtin___clear_cache(at, (char *)at + sizeof code);
  run(at);
}

static void remap(void) {
  void *const at = put(file_of("first"), NULL);
  run(at);
  put(file_of("second"), at);
  run(at);
}

NOINLINE static void garbage(void) {
#if defined(__x86_64__) || defined(__aarch64__)
  static unsigned long words[4096];
  for (unsigned k = 0; k < 4096; ++k) words[k] = (unsigned long)&words[(k * 37) % 4096];
  for (unsigned k = 0; k < 4096; k += 5) words[k] = (unsigned long)garbage + k;
  for (unsigned long at = (unsigned long)words; at < (unsigned long)(words + 64); at += 3) {
#if defined(__x86_64__)
    const long number = SYS_getppid;
    __asm__ volatile(
        "push %%rbp\n mov %%rsp, %%r12\n mov %1, %%rsp\n lea 16(%1), %%rbp\n syscall\n"
        "mov $8, %%rsp\n mov %0, %%rax\n xor %%ebp, %%ebp\n syscall\n mov %%r12, %%rsp\n pop %%rbp"
        :
        : "r"(number), "r"(at), "a"(number)
        : "rcx", "r11", "r12", "memory");
#else
    register const long number __asm__("x8") = SYS_getppid;
    __asm__ volatile(
        "mov x19, sp\n mov x20, x29\n mov x30, %1\n mov sp, %1\n add x29, x30, #16\n svc #0\n"
        "mov x9, #8\n mov sp, x9\n mov x29, xzr\n svc #0\n mov sp, x19\n mov x29, x20"
        :
        : "r"(number), "r"(at)
        : "x0", "x9", "x19", "x20", "x30", "memory");
#endif
  }
#else
  call();
#endif
}

NOINLINE static void leave(int more) {
  if (more) leave(more - 1);
  _exit(0);
}

NOINLINE static void bind(void) {
  getppid();  // what is traced is what the dynamic linker writes about it, if it has been told to
  HERE;
}

static void *in_thread(void *unused) {
  deep(2);
  return unused;
}

int main(int argc, char **argv) {
  const char *const what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "deep")) deep(12);
  if (!strcmp(what, "deleted")) {
    unlink(argv[0]);
    deep(12);
  }
  if (!strcmp(what, "bind")) bind();
  if (!strcmp(what, "signal")) in_handler();
  if (!strcmp(what, "vdso")) tell_time();
  if (!strcmp(what, "jit")) jit();
  if (!strcmp(what, "remap")) remap();
  if (!strcmp(what, "garbage")) garbage();
  if (!strcmp(what, "exit")) leave(2);
  if (!strcmp(what, "thread")) {
    pthread_t thread;
    pthread_create(&thread, NULL, in_thread, NULL);
    pthread_join(thread, NULL);
  }
  return 0;
}
