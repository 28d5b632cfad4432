// A deterministic program that makes one of many calls: files, memory, signals, pipes, sockets, polling, timers, processes.
// Built 64-bit and 32-bit; what strace and ktrace print of it must be the same.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static void on_signal(int number) {
  (void)number;
  caught = caught + 1;
}

static void files(void) {
  char name[64], other[70];
  snprintf(name, sizeof name, "/tmp/ktrace-work-%d", getpid());
  int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0640);
  struct iovec parts[2] = {{"one\n", 4}, {"two\n", 4}};
  if (writev(fd, parts, 2) != 8 || pwrite(fd, "\1\2\377", 3, 100) != 3) abort();
  struct stat st;
  struct statfs fs;
  fstat(fd, &st), stat("/nonexistent", &st), lstat(name, &st), statfs("/proc", &fs);
  lseek(fd, 0, SEEK_SET);
  char buffer[200];
  while (read(fd, buffer, sizeof buffer) > 0) continue;
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 5};
  fcntl(fd, F_SETLK, &lock), fcntl(fd, F_GETFL), fcntl(fd, F_SETFL, O_APPEND), fcntl(fd, F_GETFD);
  flock(fd, LOCK_EX | LOCK_NB), ftruncate(fd, 10), fsync(fd), fchmod(fd, 0600), fallocate(fd, 0, 0, 4096);
  struct timespec times[2] = {{.tv_sec = 1}, {.tv_nsec = UTIME_OMIT}};
  utimensat(AT_FDCWD, name, times, 0);
  snprintf(other, sizeof other, "%s.2", name);
  link(name, other), rename(other, name), symlink("target", other), readlink(other, buffer, sizeof buffer);
  unlink(other), unlink(name), access(name, R_OK | W_OK), close(fd), close(fd);
  mkdir(name, 0700);
  DIR* folder = opendir(name);
  while (readdir(folder) != NULL) continue;
  closedir(folder), rmdir(name);
}

static void memory(void) {
  char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page, 4096, PROT_READ), madvise(page, 8192, MADV_DONTNEED), msync(page, 4096, MS_ASYNC);
  page = mremap(page, 8192, 16384, MREMAP_MAYMOVE), munmap(page, 16384);
  mmap(NULL, 0, PROT_NONE, MAP_SHARED, -1, 0);
}

static void signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigaddset(&action.sa_mask, SIGUSR2);
  sigaction(SIGUSR1, &action, NULL), sigaction(SIGALRM, &action, NULL);
  sigset_t set, old;
  sigemptyset(&set), sigaddset(&set, SIGUSR1), sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1), sigpending(&set), sigprocmask(SIG_SETMASK, &old, NULL);
  kill(getpid(), SIGUSR1);
  struct itimerval timer = {.it_value = {.tv_usec = 1000}};
  sigemptyset(&set), sigaddset(&set, SIGALRM), sigprocmask(SIG_BLOCK, &set, &old);
  setitimer(ITIMER_REAL, &timer, NULL), sigsuspend(&old), sigprocmask(SIG_SETMASK, &old, NULL);
}

static void polling(void) {
  int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC), event = eventfd(3, EFD_NONBLOCK);
  pipe2(ends, O_CLOEXEC);
  struct epoll_event want = {.events = EPOLLIN, .data.u32 = 7}, got[4];
  epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &want), epoll_ctl(epoll, EPOLL_CTL_ADD, 999, &want);
  epoll_wait(epoll, got, 4, 0), write(ends[1], "x", 1), epoll_wait(epoll, got, 4, -1);
  struct pollfd fds[2] = {{.fd = ends[0], .events = POLLIN}, {.fd = event, .events = POLLIN | POLLOUT}};
  poll(fds, 2, 100), poll(fds, 1, 0), read(ends[0], &want, 1), poll(fds, 1, 1);
  fd_set reads;
  FD_ZERO(&reads);
  FD_SET(ends[0], &reads);
  FD_SET(event, &reads);
  struct timeval zero = {0};
  select(event + 1, &reads, NULL, NULL, &zero);
  close(ends[0]), close(ends[1]), close(epoll), close(event);
}

static void sockets(void) {
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  connect(server, (struct sockaddr*)&address, 3);
  struct sockaddr_in6 six = {.sin6_family = AF_INET6};
  bind(server, (struct sockaddr*)&six, sizeof six), listen(server, 5);
  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  struct iovec part = {"hello", 5};
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET, header->cmsg_type = SCM_RIGHTS, header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &server, sizeof server);
  sendmsg(pair[0], &message, MSG_NOSIGNAL);
  char text[16];
  part = (struct iovec){text, sizeof text};
  recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC);
  send(pair[0], "again", 5, 0), recv(pair[1], text, sizeof text, MSG_DONTWAIT), recv(pair[1], text, 4, MSG_DONTWAIT);
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/nonexistent/socket"};
  connect(pair[0], (struct sockaddr*)&name, sizeof name);
  int value;
  socklen_t length = sizeof value;
  getsockopt(pair[0], SOL_SOCKET, SO_TYPE, &value, &length), getsockopt(server, SOL_SOCKET, SO_ERROR, &value, &length);
  shutdown(pair[0], SHUT_RDWR), close(pair[0]), close(pair[1]), close(server);
}

static void system_calls(void) {
  struct utsname name;
  struct rlimit limit;
  struct rusage usage;
  struct tms ticks;
  struct timespec when;
  uname(&name), getrlimit(RLIMIT_NOFILE, &limit), getrusage(RUSAGE_SELF, &usage), times(&ticks);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &when), clock_getres(CLOCK_MONOTONIC, &when);
  nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL), sched_yield();
  getpriority(PRIO_PROCESS, 0), umask(022), getgroups(0, NULL), setsid();
}

static void processes(const char* self) {
  pid_t child = fork();
  if (child == 0) execl(self, self, "child", (char*)NULL), _exit(9);
  int status;
  waitpid(child, &status, 0);
  if ((child = vfork()) == 0) _exit(3);
  wait4(child, &status, 0, NULL);
  siginfo_t info;
  if ((child = fork()) == 0) raise(SIGKILL);
  waitid(P_PID, (id_t)child, &info, WEXITED);
  waitpid(child, &status, WNOHANG);
}

int main(int argc, char** argv) {
  if (argc > 1) return 7;
  files(), memory(), signals(), polling(), sockets(), system_calls(), processes(argv[0]);
  return caught == 3 ? 0 : 1;
}
