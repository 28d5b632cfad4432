// Socket options: numbers, structures and texts that are right, short, too long, NULL and unmapped; lengths that change
// though the call fails; filters, which -v looks into.
// run: -e trace=setsockopt,getsockopt
// run: -v -e trace=setsockopt,getsockopt
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "live.h"

static bool verbose(void) {
  return live_run == 1;
}

static void set(int fd, int level, int name, const char* shown, const void* value, int length, const char* text) {
  const long rc = syscall(SYS_setsockopt, fd, level, name, value, length);
  expect("setsockopt(%d, %s, %s, %d) = %s", fd, shown, text, length, result(rc));
}

// An option that is an int: as setsockopt takes it, and as getsockopt gives it into less, enough and too much room.
static void number(int fd, int level, int name, const char* shown, int value) {
  int* in = tail_copy(&value, sizeof value);
  set(fd, level, name, shown, in, 4, format("[%d]", value));
  set(fd, level, name, shown, in, 5, level == SOL_SOCKET ? format("[%d]", value) : address(in));
  set(fd, level, name, shown, in, 0, level == SOL_SOCKET ? address(in) : "\"\"");
  set(fd, level, name, shown, in, -1, address(in));
  set(fd, level, name, shown, NULL, 4, "NULL");
  set(fd, level, name, shown, unmapped(), 4, address(unmapped()));
  int* out = tail(sizeof *out);
  socklen_t length = sizeof *out;
  long rc = syscall(SYS_getsockopt, fd, level, name, out, &length);
  expect("getsockopt(%d, %s, [%d], [4]) = %s", fd, shown, *out, result(rc));
  length = 100;
  rc = syscall(SYS_getsockopt, fd, level, name, out, &length);
  expect("getsockopt(%d, %s, [%d], [100 => 4]) = %s", fd, shown, *out, result(rc));
  length = -1;
  rc = syscall(SYS_getsockopt, fd, level, name, out, &length);
  const char* lengths = length != (socklen_t)-1 ? format("[-1 => %u]", length) : "[-1]";  // some options do not mind
  expect("getsockopt(%d, %s, %s, %s) = %s", fd, shown, address(out), lengths, result(rc));
  rc = syscall(SYS_getsockopt, fd, level, name, out, NULL);
  expect("getsockopt(%d, %s, %s, NULL) = %s", fd, shown, address(out), result(rc));
  length = 4;
  rc = syscall(SYS_getsockopt, fd, level, name, NULL, &length);
  expect("getsockopt(%d, %s, NULL, [4]) = %s", fd, shown, result(rc));
}

static void numbers(void) {
  const int tcp = socket(AF_INET, SOCK_STREAM, 0);
  const int udp = socket(AF_INET6, SOCK_DGRAM, 0);
  number(tcp, SOL_SOCKET, SO_REUSEADDR, "SOL_SOCKET, SO_REUSEADDR", 1);
  number(tcp, SOL_SOCKET, SO_KEEPALIVE, "SOL_SOCKET, SO_KEEPALIVE", -1);
  number(udp, SOL_SOCKET, SO_SNDBUF, "SOL_SOCKET, SO_SNDBUF", 4608);
  number(tcp, SOL_TCP, TCP_KEEPIDLE, "SOL_TCP, TCP_KEEPIDLE", 7);
  number(tcp, SOL_TCP, TCP_NODELAY, "SOL_TCP, TCP_NODELAY", 1);
  number(tcp, SOL_IP, IP_TTL, "SOL_IP, IP_TTL", 64);
  number(udp, SOL_IPV6, IPV6_V6ONLY, "SOL_IPV6, IPV6_V6ONLY", 1);
  number(udp, SOL_UDP, UDP_CORK, "SOL_UDP, UDP_CORK", 0);
}

static void structures(void) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const struct linger linger = {1, 30};
  const void* in = tail_copy(&linger, sizeof linger);
  set(fd, SOL_SOCKET, SO_LINGER, "SOL_SOCKET, SO_LINGER", in, 8, "{l_onoff=1, l_linger=30}");
  set(fd, SOL_SOCKET, SO_LINGER, "SOL_SOCKET, SO_LINGER", in, 7, address(in));
  struct linger* out = tail(sizeof *out);
  socklen_t length = 6;
  long rc = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, out, &length);
  expect("getsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=\"\\x1e\\x00\"}, [6]) = %s", fd, result(rc));
  length = 4;
  rc = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_LINGER, out, &length);
  expect("getsockopt(%d, SOL_SOCKET, SO_LINGER, {l_onoff=1}, [4]) = %s", fd, result(rc));

  const struct ip_mreq mreq = {{htonl(0xe0000001)}, {htonl(INADDR_LOOPBACK)}};
  const int udp = socket(AF_INET, SOCK_DGRAM, 0);
  const char* shown = "{imr_multiaddr=inet_addr(\"224.0.0.1\"), imr_interface=inet_addr(\"127.0.0.1\")}";
  set(udp, SOL_IP, IP_ADD_MEMBERSHIP, "SOL_IP, IP_ADD_MEMBERSHIP", &mreq, sizeof mreq, shown);
  set(udp, SOL_IP, IP_ADD_MEMBERSHIP, "SOL_IP, IP_ADD_MEMBERSHIP", &mreq, 4, address(&mreq));

  char name[16];
  length = sizeof name;
  set(fd, SOL_TCP, TCP_CONGESTION, "SOL_TCP, TCP_CONGESTION", "reno", 5, "\"reno\\0\"");
  rc = syscall(SYS_getsockopt, fd, SOL_TCP, TCP_CONGESTION, name, &length);
  if (rc == 0 && strcmp(name, "reno") == 0) {
    expect("getsockopt(%d, SOL_TCP, TCP_CONGESTION, \"reno\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\", [16]) = 0", fd);
  }
  const struct sockaddr_ll unused = {0};
  set(fd, SOL_PACKET, PACKET_STATISTICS, "SOL_PACKET, PACKET_STATISTICS", &unused, 0, "\"\"");
}

// Who else is in the groups of a peer: without room for them the call fails, and says how much is needed.
static void growing(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return;
  char* groups = tail(4);
  socklen_t length = 0;
  long rc = syscall(SYS_getsockopt, pair[0], SOL_SOCKET, 59, groups, &length);
  const char* lengths = length != 0 ? format("[0 => %u]", length) : "[0]";
  expect("getsockopt(%d, SOL_SOCKET, SO_PEERGROUPS, %s, %s) = %s", pair[0], address(groups), lengths, result(rc));

  const int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  const int group = 3;
  set(netlink, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, "SOL_NETLINK, NETLINK_ADD_MEMBERSHIP", &group, 4, "[3]");
  uint32_t* list = tail(4);
  length = 4;
  rc = syscall(SYS_getsockopt, netlink, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, list, &length);
  lengths = length != 4 ? format("[4 => %u]", length) : "[4]";
  expect("getsockopt(%d, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, [%u], %s) = %s", netlink, *list, lengths, result(rc));
  length = 0;
  rc = syscall(SYS_getsockopt, netlink, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, list, &length);
  lengths = length != 0 ? format("[0 => %u]", length) : "[0]";
  expect("getsockopt(%d, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, %s, %s) = %s", netlink, address(list), lengths,
         result(rc));
}

// The length of a filter that is read back is one of instructions.
static void filters(void) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0, 1),
                               BPF_STMT(BPF_RET | BPF_K, 0xffff), BPF_STMT(BPF_RET | BPF_K, 0)};
  struct sock_fprog program = {.len = 4, .filter = code};
  const char* text = verbose()
                         ? "[BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x1), "
                           "BPF_STMT(BPF_RET|BPF_K, 0xffff), BPF_STMT(BPF_RET|BPF_K, 0)]"
                         : address(code);
  set(fd, SOL_SOCKET, SO_ATTACH_FILTER, "SOL_SOCKET, SO_ATTACH_FILTER", &program, sizeof program,
      format("{len=4, filter=%s}", text));
  set(fd, SOL_SOCKET, SO_ATTACH_FILTER, "SOL_SOCKET, SO_ATTACH_FILTER", &program, 2, address(&program));
  struct sock_filter* back = tail(4 * sizeof *back);
  socklen_t length = 5;
  long rc = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, back, &length);
  expect("getsockopt(%d, SOL_SOCKET, SO_GET_FILTER, %s, [5 => 4]) = %s", fd, verbose() ? text : address(back),
         result(rc));
  length = 0;
  rc = syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_GET_FILTER, back, &length);
  expect("getsockopt(%d, SOL_SOCKET, SO_GET_FILTER, %s, [0 => 4]) = %s", fd, address(back), result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  numbers();
  structures();
  growing();
  filters();
  live_end();
}
