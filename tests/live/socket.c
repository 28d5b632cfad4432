// Sockets: families, types, addresses of three families, lengths that change, options, messages with control data.
// run: -e trace=socket,socketpair,bind,connect,listen,getsockname,getpeername,setsockopt,getsockopt,shutdown,sendto,recvfrom,sendmsg,recvmsg
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "live.h"

// The calls themselves: libc on i386 may go through socketcall, which shows the same.
static long call(long number, long a, const volatile void* b, long c) {
  return syscall(number, a, b, c);
}

static void makers(void) {
  long rc = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  expect("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK, 0) = %s", result(rc));
  close((int)rc);
  rc = syscall(SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  expect("socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = %s", result(rc));
  close((int)rc);
  rc = syscall(SYS_socket, 250, 0x1f, -1L);
  expect("socket(0xfa /* AF_??? */, 0x1f /* SOCK_??? */, %s) = %s", LIVE_64 ? "18446744073709551615" : "4294967295",
         result(rc));
  rc = syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, unmapped());
  expect("socketpair(AF_UNIX, SOCK_STREAM, 0, %s) = %s", address(unmapped()), result(rc));
}

static void addresses(void) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  expect("socket(AF_UNIX, SOCK_DGRAM, 0) = %d", fd);
  struct sockaddr_un un = {.sun_family = AF_UNIX, .sun_path = "/no/such/socket"};
  long rc = call(SYS_connect, fd, tail_copy(&un, sizeof un), sizeof un);
  expect("connect(%d, {sa_family=AF_UNIX, sun_path=\"/no/such/socket\"}, 110) = %s", fd, result(rc));
  memcpy(un.sun_path, "\0no\1such", 9);
  rc = call(SYS_connect, fd, &un, offsetof(struct sockaddr_un, sun_path) + 8);
  expect("connect(%d, {sa_family=AF_UNIX, sun_path=@\"no\\1such\"}, 10) = %s", fd, result(rc));
  rc = call(SYS_connect, fd, &un, 1);
  expect("connect(%d, %s, 1) = %s", fd, address(&un), result(rc));
  const void* cut = tail_copy(&un, 2);
  rc = call(SYS_connect, fd, cut, 3);
  expect("connect(%d, %s, 3) = %s", fd, address(cut), result(rc));
  close(fd);
}

static void internet(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  expect("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = %d", fd);
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  long rc = call(SYS_bind, fd, &in, sizeof in);
  expect("bind(%d, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = %s", fd,
         result(rc));
  rc = syscall(SYS_listen, fd, 5);
  expect("listen(%d, 5) = %s", fd, result(rc));
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  rc = syscall(SYS_getsockname, fd, &name, &length);
  const int port = ntohs(((struct sockaddr_in*)&name)->sin_port);
  expect(
      "getsockname(%d, {sa_family=AF_INET, sin_port=htons(%d), sin_addr=inet_addr(\"127.0.0.1\")}, [128 => 16]) = %s",
      fd, port, result(rc));
  length = 2;
  rc = syscall(SYS_getsockname, fd, &name, &length);
  expect("getsockname(%d, {sa_family=AF_INET}, [2 => 16]) = %s", fd, result(rc));
  rc = syscall(SYS_getpeername, fd, &name, &length);
  expect("getpeername(%d, %s, [16]) = %s", fd, address(&name), result(rc));
  rc = syscall(SYS_shutdown, fd, 7);
  expect("shutdown(%d, 0x7 /* SHUT_??? */) = %s", fd, result(rc));
  close(fd);
}

static void options(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  expect("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = %d", fd);
  const int one = 1;
  long rc = syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, 4);
  expect("setsockopt(%d, SOL_SOCKET, SO_REUSEADDR, [1], 4) = %s", fd, result(rc));
  rc = syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one, 2);
  expect("setsockopt(%d, SOL_SOCKET, SO_REUSEADDR, %s, 2) = %s", fd, address(&one), result(rc));
  const struct linger linger = {1, 30};
  rc = syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  expect("setsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=30}, 8) = %s", fd, result(rc));
  struct linger got;
  socklen_t length = 100;
  rc = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, &got, &length);
  expect("getsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=30}, [100 => 8]) = %s", fd, result(rc));
  int value = 0;
  length = 4;
  rc = syscall(SYS_getsockopt, fd, SOL_TCP, TCP_NODELAY, &value, &length);
  expect("getsockopt(%d, SOL_TCP, TCP_NODELAY, [0], [4]) = %s", fd, result(rc));
  rc = syscall(SYS_getsockopt, fd, 77, 5, &value, &length);
  expect("getsockopt(%d, 0x4d /* SOL_?? */, 5, %s, [4]) = %s", fd, address(&value), result(rc));
  rc = syscall(SYS_setsockopt, fd, SOL_TCP, TCP_CONGESTION, "no such", 7);
  expect("setsockopt(%d, SOL_TCP, TCP_CONGESTION, \"no such\", 7) = %s", fd, result(rc));
  close(fd);
}

static void messages(void) {
  int pair[2];
  long rc = syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
  expect("socketpair(AF_UNIX, SOCK_DGRAM, 0, [%d, %d]) = %s", pair[0], pair[1], result(rc));
  rc = syscall(SYS_sendto, pair[0], "hello\n", 6, MSG_DONTWAIT, NULL, 0);
  expect("sendto(%d, \"hello\\n\", 6, MSG_DONTWAIT, NULL, 0) = %s", pair[0], result(rc));
  char buffer[64];
  rc = syscall(SYS_recvfrom, pair[1], buffer, sizeof buffer, 0, NULL, NULL);
  expect("recvfrom(%d, \"hello\\n\", 64, 0, NULL, NULL) = %s", pair[1], result(rc));
  rc = syscall(SYS_recvfrom, pair[1], buffer, sizeof buffer, MSG_DONTWAIT, NULL, NULL);
  expect("recvfrom(%d, %s, 64, MSG_DONTWAIT, NULL, NULL) = %s", pair[1], address(buffer), result(rc));

  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
  memcpy(CMSG_DATA(&control.header), &pair[0], sizeof(int));
  struct iovec parts[] = {{(void*)"one", 3}, {(void*)"two", 3}};
  struct msghdr message = {
      .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = sizeof control};
  const char* rights =
      format("msg_control=[{cmsg_len=%d, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[%d]}]",
             (int)CMSG_LEN(sizeof(int)), pair[0]);
  rc = syscall(SYS_sendmsg, pair[0], &message, 0);
  expect(
      "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"one\", iov_len=3}, {iov_base=\"two\", "
      "iov_len=3}], "
      "msg_iovlen=2, %s, msg_controllen=%d, msg_flags=0}, 0) = %s",
      pair[0], rights, (int)sizeof control, result(rc));
  struct sockaddr_un from;
  char first[4], second[10];
  struct iovec into[] = {{first, sizeof first}, {second, sizeof second}};
  message = (struct msghdr){.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = into, .msg_iovlen = 2};
  rc = syscall(SYS_recvmsg, pair[1], &message, 0);
  expect(
      "recvmsg(%d, {msg_name=%s, msg_namelen=110 => 0, msg_iov=[{iov_base=\"onet\", iov_len=4}, {iov_base=\"wo\", "
      "iov_len=10}], msg_iovlen=2, msg_controllen=0, msg_flags=MSG_CTRUNC}, 0) = %s",
      pair[1], address(&from), result(rc));
  message.msg_namelen = 5;
  rc = syscall(SYS_recvmsg, pair[1], &message, MSG_DONTWAIT);
  expect("recvmsg(%d, {msg_namelen=5}, MSG_DONTWAIT) = %s", pair[1], result(rc));
  rc = syscall(SYS_sendmsg, pair[0], unmapped(), 0);
  expect("sendmsg(%d, %s, 0) = %s", pair[0], address(unmapped()), result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  makers();
  addresses();
  internet();
  options();
  messages();
  live_end();
}
