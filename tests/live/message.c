// Messages: control data that is malformed or cut, vectors of messages with a timeout, more received than there is room
// for, vectors that cannot be read, socketcall's own line.
// run: -e trace=sendmsg,recvmsg,sendmmsg,recvmmsg,recvmmsg_time64,recvfrom,?socketcall
// run: -v -e trace=sendmsg,recvmsg,sendmmsg,recvmmsg,recvmmsg_time64,recvfrom,?socketcall
#include <sys/socket.h>
#include <time.h>

#include "live.h"

enum { unit = sizeof(long), header = sizeof(long) + 8 };

static void put(char* at, long length, int level, int type) {
  memcpy(at, &length, sizeof length);
  memcpy(at + unit, &level, sizeof level);
  memcpy(at + unit + 4, &type, sizeof type);
}

static void send_control(int fd, const void* control, size_t length, const char* shown) {
  struct msghdr message = {.msg_control = (void*)control, .msg_controllen = length};
  const long rc = syscall(SYS_sendmsg, fd, &message, MSG_DONTWAIT);
  expect(
      "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=NULL, msg_iovlen=0, msg_control=%s, msg_controllen=%zu, "
      "msg_flags=0}, MSG_DONTWAIT) = %s",
      fd, shown, length, result(rc));
}

// Into a socket that is not connected: the messages go nowhere.
static void control(int fd) {
  const size_t size = header + unit;
  char* one = tail(size);
  put(one, header + 4, SOL_SOCKET, SCM_RIGHTS);
  memset(one + header, 0, unit);
  const char* rights = "cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS";
  send_control(fd, one, size, format("[{cmsg_len=%d, %s, cmsg_data=[0]}]", header + 4, rights));
  send_control(fd, one, header - 1, address(one));
  send_control(fd, one, size + 1, address(one));
  send_control(fd, one, header, format("[{cmsg_len=%d, %s}]", header + 4, rights));
  send_control(fd, one, header + 3, format("[{cmsg_len=%d, %s, cmsg_data=\"\\x00\\x00\\x00\"}]", header + 4, rights));
  put(one, 1000, SOL_SOCKET, SCM_RIGHTS);  // more than there is
  send_control(fd, one, size, format("[{cmsg_len=1000, %s, cmsg_data=[%s]}]", rights, unit == 8 ? "0, 0" : "0"));
  put(one, header - 1, SOL_SOCKET, SCM_RIGHTS);  // less than a header: nobody knows where the next one is
  send_control(fd, one, size, format("[{cmsg_len=%d, %s}, ... /* %#lx */]", header - 1, rights, (long)one + header));
  send_control(fd, one, header, format("[{cmsg_len=%d, %s}]", header - 1, rights));

  char* two = tail(2 * header);
  put(two, header, 77, 5);
  put(two + header, header, 0, 5);
  send_control(fd, two, 2 * header,
               format("[{cmsg_len=%d, cmsg_level=0x4d /* SOL_??? */, cmsg_type=0x5}, "
                      "{cmsg_len=%d, cmsg_level=SOL_IP, cmsg_type=0x5 /* IP_??? */}]",
                      header, header));
  send_control(fd, two, 2 * header - 1,
               format("[{cmsg_len=%d, cmsg_level=0x4d /* SOL_??? */, cmsg_type=0x5}, ... /* %#lx */]", header,
                      (long)two + header));
}

static void truncated(const int* pair) {
  char buffer[4];
  if (send(pair[0], "longer", 6, 0) != 6) perror("send");
  long rc = syscall(SYS_recvfrom, pair[1], buffer, sizeof buffer, MSG_TRUNC, NULL, NULL);
  expect("recvfrom(%d, \"long\", 4, MSG_TRUNC, NULL, NULL) = %s", pair[1], result(rc));
  if (send(pair[0], "again", 5, 0) != 5) perror("send");
  rc = syscall(SYS_recvfrom, pair[1], unmapped(), 0, MSG_TRUNC, NULL, NULL);
  expect("recvfrom(%d, \"\", 0, MSG_TRUNC, NULL, NULL) = %s", pair[1], result(rc));
}

// The timeout is shown as it was before the call.
static void several(const int* pair) {
  struct iovec parts[2] = {{(void*)"one", 3}, {(void*)"two", 3}};
  struct mmsghdr* out = tail(2 * sizeof *out);
  for (int k = 0; k < 2; ++k) out[k].msg_hdr = (struct msghdr){.msg_iov = &parts[k], .msg_iovlen = 1};
  const char* empty = "msg_name=NULL, msg_namelen=0";
  const char* rest = "msg_iovlen=1, msg_controllen=0, msg_flags=0";
  const char* one = format("{msg_hdr={%s, msg_iov=[{iov_base=\"one\", iov_len=3}], %s}", empty, rest);
  const char* two = format("{msg_hdr={%s, msg_iov=[{iov_base=\"two\", iov_len=3}], %s}", empty, rest);
  long rc = syscall(SYS_sendmmsg, pair[0], out, 2, 0);
  expect("sendmmsg(%d, [%s, msg_len=3}, %s, msg_len=3}], 2, 0) = %s", pair[0], one, two, result(rc));
  rc = syscall(SYS_sendmmsg, pair[0], out + 1, 2, 0);  // the second cannot be read
  expect("sendmmsg(%d, [%s, msg_len=3}, ... /* %s */], 2, 0) = %s", pair[0], two, address(out + 2), result(rc));

  char space[2][8];
  struct iovec into[2] = {{space[0], 8}, {space[1], 8}};
  struct mmsghdr in[2];
  for (int k = 0; k < 2; ++k) in[k].msg_hdr = (struct msghdr){.msg_iov = &into[k], .msg_iovlen = 1};
  struct timespec timeout = {5, 0};
  rc = syscall(SYS_recvmmsg, pair[1], in, 2, 0, &timeout);
  one = format("{msg_hdr={%s, msg_iov=[{iov_base=\"one\", iov_len=8}], %s}", empty, rest);
  two = format("{msg_hdr={%s, msg_iov=[{iov_base=\"two\", iov_len=8}], %s}", empty, rest);
  expect(
      "recvmmsg(%d, [%s, msg_len=3}, %s, msg_len=3}], 2, 0, {tv_sec=5, tv_nsec=0}) = %s (left {tv_sec=%ld, "
      "tv_nsec=%ld})",
      pair[1], one, two, result(rc), (long)timeout.tv_sec, (long)timeout.tv_nsec);
  rc = syscall(SYS_recvmmsg, pair[1], in, 2, MSG_DONTWAIT, NULL);
  expect("recvmmsg(%d, [%s, msg_len=3}], 2, MSG_DONTWAIT, NULL) = %s", pair[1], two, result(rc));
  timeout = (struct timespec){0, 1};
  rc = syscall(SYS_recvmmsg, pair[1], in, 2, MSG_DONTWAIT, &timeout);
  expect("recvmmsg(%d, %s, 2, MSG_DONTWAIT, {tv_sec=0, tv_nsec=1}) = %s", pair[1], address(in), result(rc));
  rc = syscall(SYS_recvmmsg, pair[1], in, 2, MSG_DONTWAIT, unmapped());
  expect("recvmmsg(%d, %s, 2, MSG_DONTWAIT, %s) = %s", pair[1], address(in), address(unmapped()), result(rc));
}

static void vectors(int fd) {
  struct iovec* parts = tail(sizeof *parts);
  *parts = (struct iovec){tail(3), 4};
  struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
  long rc = syscall(SYS_sendmsg, fd, &message, 0);
  expect(
      "sendmsg(%d, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=%s, iov_len=4}, ... /* %s */], msg_iovlen=2, "
      "msg_controllen=0, msg_flags=0}, 0) = %s",
      fd, address(parts->iov_base), address(parts + 1), result(rc));
  message = (struct msghdr){.msg_name = tail(2), .msg_namelen = 3, .msg_iov = parts, .msg_flags = -1};
  rc = syscall(SYS_sendmsg, fd, &message, MSG_OOB);
  expect(
      "sendmsg(%d, {msg_name=%s, msg_namelen=3, msg_iov=[], msg_iovlen=0, msg_controllen=0, "
      "msg_flags=MSG_OOB|MSG_PEEK|MSG_DONTROUTE|MSG_CTRUNC|MSG_PROBE|MSG_TRUNC|MSG_DONTWAIT|MSG_EOR|MSG_WAITALL|MSG_"
      "FIN|"
      "MSG_SYN|MSG_CONFIRM|MSG_RST|MSG_ERRQUEUE|MSG_NOSIGNAL|MSG_MORE|MSG_WAITFORONE|MSG_SENDPAGE_NOTLAST|MSG_BATCH|"
      "MSG_NO_SHARED_FRAGS|MSG_SOCK_DEVMEM|MSG_ZEROCOPY|MSG_FASTOPEN|MSG_CMSG_CLOEXEC|MSG_CMSG_COMPAT|0x19f00000}, "
      "MSG_OOB) = %s",
      fd, address(message.msg_name), result(rc));
}

#ifdef SYS_socketcall
static void demultiplexer(void) {
  long rc = syscall(SYS_socketcall, 99, NULL);
  expect("socketcall(99, NULL) = %s", result(rc));
  rc = syscall(SYS_socketcall, 16, unmapped());
  expect("socketcall(SYS_SENDMSG, %s) = %s", address(unmapped()), result(rc));
}
#else
static void demultiplexer(void) {}
#endif

int main(int argc, char** argv) {
  int pair[2], alone = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (alone < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) live_skip("no sockets");
  live_begin(argc, argv);
  control(alone);
  truncated(pair);
  several(pair);
  vectors(alone);
  demultiplexer();
  live_end();
}
