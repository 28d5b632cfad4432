/* What a program can do to whoever traces it, one kind at a time:  hostile KIND [ARGUMENTS]
   Each kind ends by itself, prints "over" and exits with 0, or as run.py says, traced or not. Calls with bad arguments
   are answered by a seccomp filter of the program's own, so that the kernel does nothing of what they say. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A title for the terminal, a colour, new lines, tabs, an 8-bit CSI as Latin-1 and as UTF-8, DEL, no UTF-8 at all, the
   brackets and quotes of a trace. */
#define NASTY "\033]0;x\007\033[31m\n\r\t\x9b\x31m\xc2\x9b\x31m\x7f\xff<>\"\\"
#define NASTY_COMM "\033[31m\n\x9b\x7f\xff>" /* at most 15 bytes */

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(9);
}

/* --- names --- */

static void on_signal(int number) {
  (void)number;
}

__attribute__((noinline)) void evil_function_name_aaaaaaaa(const char *name) {
  struct stat status;
  stat(name, &status);
  access(name, R_OK);
}

static void *named_thread(void *unused) {
  prctl(PR_SET_NAME, NASTY_COMM);
  getppid();
  return unused;
}

static void nasty_sockets(void) {
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = NASTY};
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(bind(server, (struct sockaddr *)&name, sizeof name) == 0 && listen(server, 1) == 0, "bind");
  const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(connect(client, (struct sockaddr *)&name, sizeof name) == 0, "connect");
  struct sockaddr_un peer;
  socklen_t size = sizeof peer;
  const int accepted = accept(server, (struct sockaddr *)&peer, &size);
  size = sizeof peer;
  getpeername(client, (struct sockaddr *)&peer, &size);
  check(send(client, NASTY, sizeof NASTY, 0) > 0, "send");
  char text[64];
  check(recv(accepted, text, sizeof text, 0) > 0, "recv");
  struct sockaddr_un hidden = {.sun_family = AF_UNIX};  // without a file, so other tests see it: a name for each
  const int written = snprintf(hidden.sun_path + 1, sizeof hidden.sun_path - 1, "%s%d", NASTY, (int)getpid());
  const int datagram = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)written);
  check(bind(datagram, (struct sockaddr *)&hidden, length) == 0, "bind abstract");
  getsockname(datagram, (struct sockaddr *)&peer, &length);
  setsockopt(datagram, SOL_SOCKET, SO_BINDTODEVICE, NASTY_COMM, sizeof NASTY_COMM);
  struct iovec part = {.iov_base = (char *)NASTY, .iov_len = sizeof NASTY};
  struct msghdr message = {.msg_name = &hidden, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1};
  sendmsg(datagram, &message, 0);
  close(datagram), close(accepted), close(client), close(server);
}

static void nasty_files(void) {
  const int fd = open(NASTY, O_CREAT | O_RDWR, 0600);
  check(fd >= 0, "open");
  check(write(fd, NASTY, sizeof NASTY) > 0, "write");
  setxattr(NASTY, "user." NASTY, NASTY, sizeof NASTY, 0);
  char text[256];
  check(symlink(NASTY, NASTY ".link") == 0 && readlink(NASTY ".link", text, sizeof text) > 0, "readlink");
  check(rename(NASTY, NASTY "2") == 0 && unlink(NASTY "2") == 0 && unlink(NASTY ".link") == 0, "unlink");
  fchmod(fd, 0644);
  close(fd);
  close(memfd_create(NASTY, MFD_CLOEXEC));
  const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  inotify_add_watch(watch, ".", IN_ALL_EVENTS);
  close(open(NASTY "3", O_CREAT | O_RDWR, 0600));
  check(read(watch, text, sizeof text) > 0, "inotify");
  close(watch);
  unlink(NASTY "3");
  const int folder = open(".", O_RDONLY | O_DIRECTORY);
  syscall(SYS_getdents64, folder, text, sizeof text);
  close(folder);
}

/* In FOLDER/NASTY, where a program of that name is: this one. */
static int names(const char *folder) {
  check(chdir(folder) == 0 && (mkdir(NASTY, 0700) == 0 || errno == EEXIST) && chdir(NASTY) == 0, "chdir");
  prctl(PR_SET_NAME, NASTY_COMM);
  char text[512];
  prctl(PR_GET_NAME, text);
  syscall(SYS_getcwd, text, sizeof text);
  nasty_files();
  nasty_sockets();
  unlink(NASTY);
  evil_function_name_aaaaaaaa(NASTY);
  pthread_t thread;
  check(pthread_create(&thread, NULL, named_thread, NULL) == 0, "pthread_create");
  pthread_join(thread, NULL);
  signal(SIGUSR1, on_signal);
  kill(getpid(), SIGUSR1);
  char *const arguments[] = {(char *)NASTY, (char *)"last", (char *)NASTY, NULL};
  char *const environment[] = {(char *)"X=" NASTY, NULL};
  const pid_t child = fork();
  if (child == 0) {
    execve("no" NASTY, arguments, environment);
    execve("../program" NASTY, arguments, environment);
    _exit(8);
  }
  int status = 0;
  check(waitpid(child, &status, 0) == child && status == 0, "the program of a nasty name");
  return 0;
}

/* --- bad arguments --- */

/* Every call gets `error` for its answer, but for those that end or show the program. */
static void answer_all(unsigned error) {
  const unsigned spared[] = {SYS_exit, SYS_exit_group, SYS_rt_sigreturn, SYS_write, SYS_futex, SYS_madvise, SYS_munmap,
#ifdef SYS_sigreturn
                             SYS_sigreturn,
#endif
  };
  enum { count = sizeof spared / sizeof *spared };
  struct sock_filter code[2 * count + 2];
  struct sock_filter *at = code;
  *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (unsigned k = 0; k < count; k++) {
    *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, spared[k], 0, 1);
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
  *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
  const struct sock_fprog program = {.len = (unsigned short)(at - code), .filter = code};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
        "filter");
}

static int spared(long number) {
  return number == SYS_exit || number == SYS_exit_group || number == SYS_rt_sigreturn || number == SYS_write ||
         number == SYS_futex || number == SYS_madvise || number == SYS_munmap
#ifdef __x86_64__
         || number == 335 || number == 336 /* uretprobe and uprobe: no filter sees them, and they kill */
#endif
#ifdef SYS_sigreturn
         || number == SYS_sigreturn
#endif
      ;
}

static char *page_before_hole(void) {
  char *two = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  check(two != MAP_FAILED && munmap(two + 4096, 4096) == 0, "mmap");
  return two;
}

/* Every call with pointers and lengths of every bad kind. */
static int pointers(const char *answer) {
  char *page = page_before_hole();
  memset(page, 0x41, 4096);
  for (unsigned k = 0; k < 4096; k += 16) memcpy(page + k, &(uintptr_t){(uintptr_t)page + (k ^ 0x7f0)}, sizeof(void *));
  const unsigned long values[] = {0,
                                  1,
                                  (unsigned long)page,
                                  (unsigned long)page + 4095,
                                  (unsigned long)page + 4092,
                                  (unsigned long)page + 4096,
                                  (unsigned long)page + 2048,
                                  ~0UL,
                                  ~0UL - 4095,
                                  ~0UL >> 1,
                                  (~0UL >> 1) + 1,
                                  0x7fffffff,
                                  0xffffffff,
                                  0x80000000,
                                  16,
                                  4096};
  enum { count = sizeof values / sizeof *values };
  answer_all((unsigned)atoi(answer));
  for (long number = 0; number < 480; number++) {
    if (spared(number)) continue;
    for (unsigned round = 0; round < count; round++) {
      unsigned long a[6];
      for (unsigned k = 0; k < 6; k++) a[k] = values[(round * (2 * k + 1) + k * (unsigned)number) % count];
      syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
  }
  return 0;
}

/* --- memory that changes --- */

static volatile int running = 1;
static unsigned char *volatile shared;

static void *change(void *unused) {
  for (uint32_t x = 1; running;) {
    for (unsigned k = 0; k < 4096; k++) {
      x = x * 1664525 + 1013904223;
      shared[k] = (unsigned char)(x >> 24);
      if (k % 64 == 0) {
        /* A pointer into itself, and a length. */
        memcpy(shared + k, &(uintptr_t){(uintptr_t)shared + (x >> 20)}, sizeof shared);
        memcpy(shared + k + 8, &(size_t){x >> 16 & 0xff}, sizeof(size_t));
      }
    }
  }
  return unused;
}

static int changing(const char *rounds) {
  shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_t thread;
  check(shared != MAP_FAILED && pthread_create(&thread, NULL, change, NULL) == 0, "thread");
  answer_all(0);
  for (int round = 0; round < atoi(rounds); round++)
    for (long number = 0; number < 480; number++) {
      if (spared(number)) continue;
      unsigned long a[6];
      for (unsigned k = 0; k < 6; k++) a[k] = k % 2 == 1 ? 64 : (unsigned long)shared + 64 * (k + (unsigned)round % 8);
      if (round % 3 == 0) a[0] = 3;
      if (round % 3 == 1) a[1] = (unsigned long)shared;
      syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
  running = 0;
  return 0;
}

/* --- numbers --- */

static void ignore(int signal_number) { (void)signal_number; }

static int numbers(void) {
  signal(SIGILL, ignore); /* ARM answers what it can have no call for with this */
  const unsigned long list[] = {~0UL,       0xffffffff, 1UL << 31,       0x40000000 + SYS_getpid, 0x40000000,
                                0x7fffffff, 0x80000027, 0x40000000 + 600, 1000000,                 548};
  for (unsigned k = 0; k < sizeof list / sizeof *list; k++) syscall((long)list[k], "text", 2, 3, 4, 5, 6);
#ifdef __x86_64__
  for (unsigned k = 0; k < sizeof list / sizeof *list; k++) {
    long result = (int)list[k];
    __asm__ volatile("int $0x80" : "+a"(result) : "b"(1), "c"(2), "d"(3), "S"(4), "D"(5) : "memory", "r8", "r9", "r10", "r11");
  }
#endif
  return 0;
}

/* --- stacks --- */

/* A call with the stack pointer where no memory is. */
static int no_stack(void) {
#ifdef __x86_64__
  long result = SYS_getppid;
  __asm__ volatile(
      "mov %%rsp, %%rbx\n mov $0x10, %%rsp\n syscall\n mov %%rbx, %%rsp\n"
      : "+a"(result) : : "rbx", "rcx", "r11", "memory");
  check(result == getppid(), "getppid");
#elif defined(__i386__)
  long result = SYS_getppid;
  __asm__ volatile("mov %%esp, %%edi\n mov $0x10, %%esp\n int $0x80\n mov %%edi, %%esp\n" : "+a"(result) : : "edi", "memory");
  check(result == getppid(), "getppid");
#endif
  return 0;
}

static int recurse(volatile int depth) {
  volatile char room[4096];
  room[0] = (char)depth;
  if (depth % 16 == 0) getppid();
  return recurse(depth + 1) + room[0];
}

/* --- a filter that kills --- */

static int killed(const char *how) {
  const struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, *how == 'p' ? SECCOMP_RET_KILL_PROCESS : *how == 't' ? SECCOMP_RET_KILL_THREAD : SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = (struct sock_filter *)code};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
        "filter");
  getppid();
  return 7;
}

/* --- pages that never come --- */

/* With "user": a fault of anybody but the program itself fails. Without, it waits, for whoever it is. */
static int userfault(const char *who, const char *when) {
  int fd;
  if (*who == 'd') { /* the other way to one */
    fd = ioctl(open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), USERFAULTFD_IOC_NEW, O_CLOEXEC);
  } else {
    fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | (*who == 'u' ? UFFD_USER_MODE_ONLY : 0));
  }
  if (fd < 0) return 77;
  struct uffdio_api api = {.api = UFFD_API};
  char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct uffdio_register area = {.range = {(uintptr_t)page, 4096}, .mode = UFFDIO_REGISTER_MODE_MISSING};
  check(ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &area) == 0, "userfaultfd");
  if (*when) {
    check(write(1, "ready\n", 6) == 6, "write");
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
  }
  write(-1, page, 100);
  chdir((char *)8);
  syscall(SYS_nanosleep, NULL, NULL);
  return 0;
}

/* --- a file system that never answers --- */

/* FUSE with nobody behind it, but for the start of the conversation and one file that can be opened. */
struct fuse_in {
  uint32_t length, opcode;
  uint64_t unique, node;
  uint32_t uid, gid, pid, padding;
};
struct fuse_out {
  uint32_t length;
  int32_t error;
  uint64_t unique;
};

static void serve(int fuse) {
  static char request[1 << 17];
  for (unsigned lookups = 0; read(fuse, request, sizeof request) > 0;) {
    struct fuse_in in;
    memcpy(&in, request, sizeof in);
    struct {
      struct fuse_out head;
      union {
        uint32_t words[24];
        struct { uint64_t node, generation, entry_valid, attributes_valid; uint32_t nanoseconds[2]; uint64_t attributes[3]; uint64_t times[3]; uint32_t more[10]; } entry;
      } body;
    } out;
    memset(&out, 0, sizeof out);
    out.head.unique = in.unique;
    size_t size = 0;
    if (in.opcode == 26) { /* INIT */
      out.body.words[0] = 7, out.body.words[1] = 12;
      size = 24;
    } else if (in.opcode == 1 && lookups++ == 0) { /* LOOKUP: a file that is forgotten at once */
      out.body.entry.node = 2;
      out.body.entry.attributes[0] = 2;
      out.body.entry.more[3] = S_IFREG | 0644, out.body.entry.more[4] = 1;
      size = 128;
    } else if (in.opcode == 14) { /* OPEN */
      size = 16;
    } else if (in.opcode == 1 || in.opcode == 3 || in.opcode == 5 || in.opcode == 15 || in.opcode == 17) {
      continue; /* LOOKUP, GETATTR, READLINK, READ, STATFS: never */
    } else {
      out.head.error = -ENOSYS;
    }
    out.head.length = (uint32_t)(sizeof out.head + size);
    (void)!write(fuse, &out, out.head.length);
  }
}

/* The server is a process of its own: when it is killed, whoever waits for it is free again. */
static int fuse(const char *folder) {
  const int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  char options[128];
  snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
  if (device < 0 || mount("hostile", folder, "fuse", MS_NOSUID | MS_NODEV, options) != 0) return 77;
  const pid_t server = fork();
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(device);
    _exit(0);
  }
  close(device);
  check(chdir(folder) == 0, "chdir");
  const int fd = open("file (deleted)", O_RDONLY);
  check(fd >= 0, "open on FUSE");
  fcntl(fd, F_GETFL);
  dup2(fd, 0);
  fcntl(0, F_GETFL);
  chdir("/");
  close(fd), close(0);
  umount2(folder, MNT_DETACH);
  kill(server, SIGKILL);
  int status = 0;
  check(waitpid(server, &status, 0) == server, "waitpid");
  return 0;
}

static int over(int status) {
  if (status == 0) (void)!write(1, "over\n", 5);
  _exit(status);
}

int main(int argc, char **argv) {
  const char *kind = argc > 1 ? argv[1] : "";
  const char *more = argc > 2 ? argv[2] : "";
  if (strcmp(kind, "names") == 0) return over(names(more));
  if (strcmp(kind, "last") == 0) return evil_function_name_aaaaaaaa(argv[2]), 0;
  if (strcmp(kind, "pointers") == 0) return over(pointers(more));
  if (strcmp(kind, "changing") == 0) return over(changing(more));
  if (strcmp(kind, "numbers") == 0) return over(numbers());
  if (strcmp(kind, "no_stack") == 0) return over(no_stack());
  if (strcmp(kind, "recurse") == 0) return recurse(0);
  if (strcmp(kind, "killed") == 0) return over(killed(more));
  if (strcmp(kind, "userfault") == 0) return over(userfault(more, argc > 3 ? argv[3] : ""));
  if (strcmp(kind, "fuse") == 0) return over(fuse(more));
  fprintf(stderr, "hostile: no such kind: %s\n", kind);
  return 2;
}
