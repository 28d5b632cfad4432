// Waiting: what is ready is told after the result.
// run: -e trace=?poll,ppoll,?select,?_newselect,pselect6,epoll_create1,epoll_ctl,?epoll_wait,epoll_pwait,?pipe,pipe2,eventfd2
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>

#include "live.h"

#ifdef SYS__newselect
#define SELECT SYS__newselect
#define SELECT_NAME "_newselect"
#elif defined SYS_select
#define SELECT SYS_select
#define SELECT_NAME "select"
#endif

struct old_time {
  long seconds, fraction;
};

static int ends[2];

static void polling(void) {
  struct pollfd fds[] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT | POLLIN, 0}, {-1, POLLIN, 0}};
#ifdef SYS_poll
  long rc = syscall(SYS_poll, fds, 3, -1);
  expect(
      "poll([{fd=%d, events=POLLIN}, {fd=%d, events=POLLIN|POLLOUT}, {fd=-1}], 3, -1) = 1 ([{fd=%d, revents=POLLOUT}])",
      ends[0], ends[1], ends[1]);
  rc = syscall(SYS_poll, fds, 1, 0);
  expect("poll([{fd=%d, events=POLLIN}], 1, 0) = 0 (Timeout)", ends[0]);
  rc = syscall(SYS_poll, NULL, 0, 0);
  expect("poll(NULL, 0, 0) = 0 (Timeout)");
  rc = syscall(SYS_poll, unmapped(), 1, 0);
  expect("poll(%s, 1, 0) = %s", address(unmapped()), result(rc));
#endif
  struct old_time limit = {0, 0};
  const uint64_t mask = 1u << 1 | 1u << 14;
  const long ready = syscall(SYS_ppoll, fds, 1, &limit, &mask, 8L);
  expect("ppoll([{fd=%d, events=POLLIN}], 1, {tv_sec=0, tv_nsec=0}, [INT TERM], 8) = %ld (Timeout)", ends[0], ready);
}

static void selecting(void) {
  fd_set in, out;
  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(ends[0], &in);
  FD_SET(ends[1], &out);
  const int count = ends[1] + 1;
#ifdef SELECT
  struct old_time limit = {1, 0};
  long rc = syscall(SELECT, count, &in, &out, NULL, NULL);
  expect(SELECT_NAME "(%d, [%d], [%d], NULL, NULL) = %ld (out [%d])", count, ends[0], ends[1], rc, ends[1]);
  limit.seconds = 0;
  FD_SET(ends[0], &in);
  rc = syscall(SELECT, count, &in, NULL, NULL, &limit);
  expect(SELECT_NAME "(%d, [%d], NULL, NULL, {tv_sec=0, tv_usec=0}) = 0 (Timeout)", count, ends[0]);
  rc = syscall(SELECT, -1L, NULL, NULL, NULL, unmapped());
  expect(SELECT_NAME "(-1, NULL, NULL, NULL, %s) = %s", address(unmapped()), result(rc));
#endif
  FD_SET(ends[1], &out);
  struct {
    const void* mask;
    size_t size;
  } pack = {NULL, 8};
  syscall(SYS_pselect6, count, NULL, &out, NULL, NULL, &pack);
  expect("pselect6(%d, NULL, [%d], NULL, NULL, {sigmask=NULL, sigsetsize=8}) = 1 (out [%d])", count, ends[1], ends[1]);
}

static void epolling(void) {
  const long fd = syscall(SYS_epoll_create1, EPOLL_CLOEXEC);
  expect("epoll_create1(EPOLL_CLOEXEC) = %s", result(fd));
  struct epoll_event event = {.events = EPOLLIN | EPOLLET | EPOLLRDHUP, .data.u64 = 0x1234567890};
  long rc = syscall(SYS_epoll_ctl, fd, EPOLL_CTL_ADD, ends[0], &event);
  expect("epoll_ctl(%ld, EPOLL_CTL_ADD, %d, {events=EPOLLIN|EPOLLRDHUP|EPOLLET, data=0x1234567890}) = %s", fd, ends[0],
         result(rc));
  rc = syscall(SYS_epoll_ctl, fd, EPOLL_CTL_DEL, 999, &event);
  expect("epoll_ctl(%ld, EPOLL_CTL_DEL, 999, %s) = %s", fd, address(&event), result(rc));
  struct epoll_event events[4];
#ifdef SYS_epoll_wait
  rc = syscall(SYS_epoll_wait, fd, events, 4, 0);
  expect("epoll_wait(%ld, [], 4, 0) = %s", fd, result(rc));
  rc = syscall(SYS_epoll_wait, fd, events, 0, 0);
  expect("epoll_wait(%ld, %s, 0, 0) = %s", fd, address(events), result(rc));
#endif
  if (write(ends[1], "x", 1) != 1) _exit(1);
  rc = syscall(SYS_epoll_pwait, fd, events, 4, -1L, NULL, 8L);
  expect("epoll_pwait(%ld, [{events=EPOLLIN, data=0x1234567890}], 4, -1, NULL, 8) = %s", fd, result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  long rc = syscall(SYS_pipe2, ends, 0x80000);
  expect("pipe2([%d, %d], O_CLOEXEC) = %s", ends[0], ends[1], result(rc));
  rc = syscall(SYS_pipe2, unmapped(), 0x1);
  expect("pipe2(%s, 0x1 /* O_??? */) = %s", address(unmapped()), result(rc));
  rc = syscall(SYS_eventfd2, 7, EFD_CLOEXEC | EFD_SEMAPHORE);
  expect("eventfd2(7, EFD_SEMAPHORE|EFD_CLOEXEC) = %s", result(rc));
  polling();
  selecting();
  epolling();
  live_end();
}
