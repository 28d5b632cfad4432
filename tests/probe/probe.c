// Makes calls that never happen, with arguments that nobody would write by hand, so that two tracers can be compared on
// everything that they decode.
//
//   probe < LINES      a line: NUMBER SEED COUNT [INDEX:VALUE...]
//
// makes COUNT calls of syscall NUMBER for each line; the arguments follow from SEED alone.
//
// A seccomp filter hands every call made by call_it() to a thread of this program (SECCOMP_RET_USER_NOTIF), which fills the
// memory that the arguments point to with something else, as a kernel that writes results would, and answers with
// an error, 0 or a positive number. The kernel itself never sees the call: reboot, ptrace or exit are as harmless as
// getpid. VALUEs (hexadecimal) are put in place of the argument INDEX in three of four calls, for arguments of which only
// certain values mean anything (an operation, a command). A call that no other is like, the mark, precedes each line's.
//
// All memory lies at fixed addresses: two runs with the same arguments print the same lines.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { slots = 16, slot_size = 512, arena_size = slots * slot_size, page = 4096 };
static char* const arena = (char*)0x10000000;  // slots, then a hole
static char* const texts = (char*)0x10100000;  // strings, then a hole

// xorshift64*: the same numbers on every machine.
static uint64_t state;
static uint64_t next(void) {
  state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
  return state * UINT64_C(2685821657736338717);
}
static unsigned below(unsigned n) { return (unsigned)(next() >> 33) % n; }

static uintptr_t pointer(void) {
  switch (below(12)) {
    case 0: return 0;
    case 1: return (uintptr_t)arena + arena_size;                       // unmapped
    case 2: return (uintptr_t)arena + arena_size - (1u << below(10));  // not all of it can be read
    case 3: return (uintptr_t)texts + 64 * below(8);
    case 4: return (uintptr_t)texts + page - 4;  // a string without an end
    default: return (uintptr_t)arena + slot_size * below(slots);
  }
}

// In 32 bits the upper half is where libraries and the stack are (and probe.py has the program put there, too): what lies
// at a random address must not depend on the machine.
static const uint64_t highest = sizeof(long) == 4 ? 0x7fffffff : UINT64_MAX;

static uint64_t number_value(void) {
  switch (below(20)) {
    case 0: case 1: case 2: case 3: return 0;
    case 4: case 5: case 6: case 7: return 1 + below(8);
    case 8: case 9: return below(80);
    case 10: case 11: return UINT64_C(1) << below(32);
    case 12: case 13: return next() & next() & next() & 0xffffffff & highest;  // some bits
    case 14: return ~UINT64_C(0);
    case 15: return below(1000);
    case 16: return next() & highest;
    default: return pointer();
  }
}

static void fill(char* slot) {
  const unsigned style = below(7);
  for (unsigned at = 0; at < slot_size; at += 8) {
    uint64_t value = 0;
    switch (style) {
      case 0: break;
      case 1: value = number_value(); break;
      case 2: case 3: value = (number_value() & 0xffffffff) | number_value() << 32; break;
      case 4: for (unsigned i = 0; i < 64; i += 16) value |= (number_value() & 0xffff) << i; break;
      case 5: value = at % 16 ? 1 + below(40) : pointer(); break;  // an iovec
      case 6: for (unsigned i = 0; i < 64; i += 8) value |= (uint64_t)(below(6) ? 0x20 + below(0x5f) : below(256)) << i; break;
    }
    memcpy(slot + at, &value, 8);
  }
}

static void fill_arena(void) {
  for (unsigned i = 0; i < slots; ++i) fill(arena + i * slot_size);
}

static void map_memory(void) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (mmap(arena, arena_size, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ||
      mmap(texts, page, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) {
    perror("probe: mmap");
    _exit(2);
  }
  static const char* const strings[8] = {"", "a", "/etc/passwd", "trusted.name", "with \"quotes\"\n and \001\377 bytes",
                                         "name of more than thirty-two letters, to be cut", "../\\", "%s"};
  for (unsigned i = 0; i < 8; ++i) strcpy(texts + 64 * i, strings[i]);
  memset(texts + page - 4, 'x', 4);
}

static volatile int listener = -1;

// The kernel's part, played by a thread: changes the memory and answers.
__attribute__((noreturn)) static void* answer(void* unused) {
  (void)unused;
  while (listener < 0) usleep(100);
  for (;;) {
    struct seccomp_notif request;
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) continue;
    static const int errors[] = {22, 14, 1, 2, 11, 7, 512};
    struct seccomp_notif_resp response = {.id = request.id};
    if (below(3)) fill_arena();
    switch (below(10)) {
      case 0: case 1: case 2: response.error = -errors[below(7)]; break;
      case 3: case 4: case 5: break;
      case 6: response.val = (int64_t)(request.data.args[below(6)] & 0x7fffffff); break;
      case 7: response.val = below(2) ? 64 : 1 << below(30); break;
      default: response.val = 1 + below(10);
    }
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  }
}

extern const char after_call[];
__attribute__((noinline)) static void call_it(long number, const unsigned long* a) {
#if defined(__x86_64__)
  register unsigned long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
  __asm__ volatile("syscall\n.globl after_call\nafter_call:"
                   : "+a"(number) : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
#elif defined(__i386__)
  __asm__ volatile("push %%ebp\n push %%ebx\n mov (%%esi), %%ebx\n mov 4(%%esi), %%ecx\n mov 8(%%esi), %%edx\n"
                   "mov 16(%%esi), %%edi\n mov 20(%%esi), %%ebp\n mov 12(%%esi), %%esi\n int $0x80\n.globl after_call\nafter_call:\n"
                   "pop %%ebx\n pop %%ebp"
                   : "+a"(number), "+S"(a) : : "ecx", "edx", "edi", "memory");
#elif defined(__aarch64__)
  register unsigned long x0 __asm__("x0") = a[0], x1 __asm__("x1") = a[1], x2 __asm__("x2") = a[2], x3 __asm__("x3") = a[3],
                         x4 __asm__("x4") = a[4], x5 __asm__("x5") = a[5], x8 __asm__("x8") = (unsigned long)number;
  __asm__ volatile("svc 0\n.globl after_call\nafter_call:" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x8) : "memory");
#else
#error "no call_it for this architecture"
#endif
}

static void install_filter(void) {
  const uint64_t ip = (uintptr_t)after_call;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)ip, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(ip >> 32), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener < 0) {
    perror("probe: seccomp");
    _exit(2);
  }
}

static void run_line(char* line) {
  char* word = strtok(line, " \n");
  char* values[256];
  unsigned long numbers[3] = {0};
  unsigned given = 0;
  for (int i = 0; i < 3 && word; ++i, word = strtok(NULL, " \n")) numbers[i] = strtoul(word, NULL, 0);
  for (; word && given < 256; word = strtok(NULL, " \n")) values[given++] = word;
  state = (uint64_t)numbers[1] * 0x9E3779B97F4A7C15u + (uint64_t)numbers[0] * 0xD1B54A32D192ED03u + 1;
  syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", 0x7ea8);
  for (unsigned long i = 0; i < numbers[2]; ++i) {
    unsigned long arguments[6];
    fill_arena();
    for (int k = 0; k < 6; ++k) arguments[k] = (unsigned long)(below(2) ? pointer() : number_value());
    if (given && below(4)) {
      unsigned index;
      unsigned long long value;
      if (sscanf(values[below(given)], "%u:%llx", &index, &value) == 2 && index < 6) arguments[index] = (unsigned long)value;
    }
    call_it((long)numbers[0], arguments);
  }
}

// Starts the program anew with stack, libraries and vDSO always at the same addresses; in 32 bits below 3 GiB: many of the
// numbers above look like 0xffff1234, where the stack otherwise is in some runs.
static void fix_addresses(char** argv) {
  const unsigned long wanted = ADDR_NO_RANDOMIZE | (sizeof(long) == 4 ? ADDR_LIMIT_3GB : 0);
  const int now = personality(0xffffffff);
  if (now < 0 || ((unsigned long)now & wanted) == wanted || personality((unsigned long)now | wanted) < 0) return;
  if (((unsigned long)personality(0xffffffff) & wanted) == wanted) execv("/proc/self/exe", argv);
}

int main(int argc, char** argv) {
  (void)argc;
  fix_addresses(argv);
  static char text[1 << 20];
  const ssize_t size = read(0, text, sizeof text - 1);  // a file: all at once
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, 0);  // the name of the script is another one each time
  close(null);
  map_memory();
  pthread_t thread;
  if (size < 0 || pthread_create(&thread, NULL, answer, NULL) != 0) return 2;
  install_filter();
  for (char *at = text, *end; (end = strchr(at, '\n')); at = end + 1) {
    *end = 0;
    run_line(at);
  }
  syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", 0x7ea8);
  _exit(0);
}
