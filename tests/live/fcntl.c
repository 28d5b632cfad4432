// fcntl: arguments and results by command, both forms of locks.
// run: -e trace=fcntl,fcntl64
#include <fcntl.h>
#include <sys/mman.h>

#include "live.h"

#ifdef __i386__
#define FCNTL SYS_fcntl64
#define NAME "fcntl64"
#else
#define FCNTL SYS_fcntl
#define NAME "fcntl"
#endif

int main(int argc, char** argv) {
  const int fd = memfd_create("fcntl", MFD_ALLOW_SEALING);
  if (fd < 0) live_skip("no memfd_create");
  live_begin(argc, argv);
  long rc = syscall(FCNTL, fd, F_GETFD);
  expect(NAME "(%d, F_GETFD) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_SETFD, FD_CLOEXEC);
  expect(NAME "(%d, F_SETFD, FD_CLOEXEC) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_GETFD);
  expect(NAME "(%d, F_GETFD) = 0x1 (flags FD_CLOEXEC)", fd);
  rc = syscall(FCNTL, fd, F_GETFL);
  expect(NAME "(%d, F_GETFL) = %#lx (flags O_RDWR|O_LARGEFILE)", fd, rc);
  rc = syscall(FCNTL, fd, F_SETFL, O_RDWR | O_NONBLOCK | O_APPEND);
  expect(NAME "(%d, F_SETFL, O_RDWR|O_APPEND|O_NONBLOCK) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_DUPFD_CLOEXEC, 50);
  expect(NAME "(%d, F_DUPFD_CLOEXEC, 50) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_ADD_SEALS, F_SEAL_SHRINK);
  expect(NAME "(%d, F_ADD_SEALS, F_SEAL_SHRINK) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_GET_SEALS);
  expect(NAME "(%d, F_GET_SEALS) = 0x2 (seals F_SEAL_SHRINK)", fd);
  rc = syscall(FCNTL, fd, F_SETSIG, 34L);
  expect(NAME "(%d, F_SETSIG, SIGRT_2) = %s", fd, result(rc));
  rc = syscall(FCNTL, fd, F_GETSIG);
  expect(NAME "(%d, F_GETSIG) = 34 (SIGRT_2)", fd);
  rc = syscall(FCNTL, fd, 0x777, 0L);
  expect(NAME "(%d, 0x777 /* F_??? */, 0) = %s", fd, result(rc));

  struct {
    short type, whence;
    long start, length;
    int pid;
  } lock = {F_WRLCK, SEEK_CUR, -10, 20, 77};
  rc = syscall(SYS_fcntl, fd, F_SETLK, &lock);
  expect("fcntl(%d, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_CUR, l_start=-10, l_len=20}) = %s", fd, result(rc));
  lock.start = 10;
  rc = syscall(SYS_fcntl, fd, F_GETLK, &lock);
  expect("fcntl(%d, F_GETLK, {l_type=F_UNLCK, l_whence=SEEK_CUR, l_start=10, l_len=20, l_pid=77}) = %s", fd,
         result(rc));
  rc = syscall(SYS_fcntl, fd, F_SETLKW, unmapped());
  expect("fcntl(%d, F_SETLKW, %s) = %s", fd, address(unmapped()), result(rc));
  struct {
    short type, whence;
    int64_t start __attribute__((aligned(__alignof__(struct { int64_t a; }))));
    int64_t length;
    int pid;
  } wide = {F_RDLCK, SEEK_END, 0x123456789, 1, 0};
  rc = syscall(FCNTL, fd, F_OFD_SETLK, &wide);
  expect(NAME "(%d, F_OFD_SETLK, {l_type=F_RDLCK, l_whence=SEEK_END, l_start=4886718345, l_len=1}) = %s", fd,
         result(rc));
  const struct { int type, pid; } owner = {2, 1};
  rc = syscall(FCNTL, fd, 15 /* F_SETOWN_EX */, &owner);
  expect(NAME "(%d, F_SETOWN_EX, {type=F_OWNER_PGRP, pid=1}) = %s", fd, result(rc));
  live_end();
}
