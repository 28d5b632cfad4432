// ioctls NUMBER...: makes the ioctl of each number with several buffers and pointers. No driver gets them: a seccomp filter hands
// them to a thread of the program, which changes the data and answers.
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { marker = 0x99, no_fd = 99, buffer_size = 65536, page = 4096, kinds = 6 };

static int listener;
static unsigned char *const buffer = (unsigned char *)0x20000000;
static unsigned char *const edge = (unsigned char *)0x10000000 + page; // no memory from here on

static void *play_kernel(void *nothing) {
  for (;;) {
    struct seccomp_notif call = {0};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) continue;
    for (int i = 0; i < 60; i++) buffer[i * 5]++;
    const int result = (int)call.data.args[3];
    struct seccomp_notif_resp answer = {.id = call.id, .val = result < 0 ? 0 : result, .error = result < 0 ? result : 0};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
  return nothing;
}

// Zeros, all bytes, small numbers, ones, pointers that can be read (halves of 64 bits, or of 32), text.
static void fill(int kind) {
  unsigned *const words = (unsigned *)buffer;
  memset(buffer, kind == 3 ? 0xff : 0, buffer_size / 2);
  for (unsigned i = 0; i < buffer_size / 2 / sizeof *words; i++) {
    if (kind == 2) words[i] = i % 7;
    if (kind == 4 && i < page) words[i] = i % 2 ? 0 : (unsigned)(size_t)buffer + 0x400 + i;
  }
  for (unsigned i = 0; i < buffer_size / 2; i++) {
    if (kind == 1) buffer[i] = (unsigned char)i;
    if (kind == 5 && i < page) buffer[i] = (unsigned char)('a' + i % 16);
  }
}

static void make(unsigned number, const void *argument, int result) {
  syscall(SYS_ioctl, no_fd, number, argument, result, marker);
}

static int install_filter(void) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4])),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, marker, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

int main(int argc, char **argv) {
  const int fixed = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  mmap(edge - page, 2 * page, PROT_READ | PROT_WRITE, fixed, -1, 0);
  munmap(edge, page);
  mmap(buffer, buffer_size, PROT_READ | PROT_WRITE, fixed, -1, 0);
  listener = install_filter();
  if (listener < 0) return perror("seccomp"), 1;
  pthread_t thread;
  pthread_create(&thread, NULL, play_kernel, NULL);
  const int results[] = {0, -14};
  const void *const pointers[] = {NULL, (void *)7, (void *)0x1234567, edge - 2, edge - 8, edge - 24};
  for (int k = 1; k < argc; k++) {
    const unsigned number = (unsigned)strtoul(argv[k], NULL, 0);
    for (int kind = 0; kind < kinds; kind++) {
      for (int r = 0; r < 2; r++) {
        fill(kind);
        make(number, buffer, results[r]);
      }
    }
    fill(1);
    make(number, buffer, 3);
    for (int r = 0; r < 2; r++)
      for (unsigned p = 0; p < sizeof pointers / sizeof *pointers; p++) make(number, pointers[p], results[r]);
  }
  return 0;
}
