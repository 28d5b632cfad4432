// What -yy says of sockets: addresses of those of the internet, listening, connected and closed by the peer; peers and
// names of local ones; protocols and ports of netlink; protocols that the kernel knows by other names; other kinds.
// run: -yy -e trace=dup,close
// run: --decode-fds=socket -e trace=dup,close
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "live.h"

// Two calls that show it: as an argument and as a result, and the last time.
static void show(int fd, const char* text) {
  const int copy = (int)syscall(SYS_dup, fd);
  expect("dup(%d<%s>) = %d<%s>", fd, text, copy, text);
  syscall(SYS_close, copy);
  expect("close(%d<%s>) = 0", copy, text);
}

static unsigned long inode(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 ? (unsigned long)st.st_ino : 0;
}

static const char* plain(const char* name, int fd) {
  return format("%s:[%lu]", name, inode(fd));
}

union any {
  struct sockaddr common;
  struct sockaddr_in in;
  struct sockaddr_in6 in6;
  struct sockaddr_un un;
};

static const char* endpoint(const union any* at) {
  char text[INET6_ADDRSTRLEN] = "";
  if (at->common.sa_family == AF_INET6) {
    inet_ntop(AF_INET6, &at->in6.sin6_addr, text, sizeof text);
    return format("[%s]:%d", text, ntohs(at->in6.sin6_port));
  }
  inet_ntop(AF_INET, &at->in.sin_addr, text, sizeof text);
  return format("%s:%d", text, ntohs(at->in.sin_port));
}

static const char* local(int fd) {
  union any at;
  socklen_t length = sizeof at;
  getsockname(fd, &at.common, &length);
  return endpoint(&at);
}

static const char* both(int fd) {
  union any at;
  socklen_t length = sizeof at;
  getpeername(fd, &at.common, &length);
  return format("%s->%s", local(fd), endpoint(&at));
}

// `fresh` is what a socket without an address is called, `name` one with an address.
static void internet(int family, int type, int protocol, const char* fresh, const char* name) {
  const int server = socket(family, type, protocol);
  if (server < 0) return;
  show(server, plain(fresh, server));
  union any at = {.common = {.sa_family = (sa_family_t)family}};
  socklen_t length = family == AF_INET6 ? sizeof at.in6 : sizeof at.in;
  if (family == AF_INET6) {
    at.in6.sin6_addr = in6addr_loopback;
  } else {
    at.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  if (bind(server, &at.common, length) != 0) return;
  if (type == SOCK_STREAM && listen(server, 5) != 0) return;
  show(server, format("%s:[%s]", name, local(server)));
  const int client = socket(family, type, protocol);
  getsockname(server, &at.common, &length);
  if (connect(client, &at.common, length) != 0) return;
  show(client, format("%s:[%s]", name, both(client)));
  if (type != SOCK_STREAM) return;
  const int accepted = accept(server, NULL, NULL);
  show(accepted, format("%s:[%s]", name, both(accepted)));
  shutdown(client, SHUT_WR);
  show(accepted, format("%s:[%s]", name, both(accepted)));  // known already: not asked again
}

static void family_unix(int type, const char* name) {
  int pair[2];
  if (socketpair(AF_UNIX, type, 0, pair) != 0) return;
  show(pair[0], format("%s:[%lu->%lu]", name, inode(pair[0]), inode(pair[1])));
  const int bound = socket(AF_UNIX, type, 0);
  show(bound, plain(name, bound));
  union any at = {.un = {.sun_family = AF_UNIX}};
  const int length = sprintf(at.un.sun_path + 1, "ktrace \"%d\" %d", type, getpid());
  if (bind(bound, &at.common, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0) return;
  show(bound, format("%s:[%lu,@\"ktrace \\\"%d\\\" %d\"]", name, inode(bound), type, getpid()));
  const int file = socket(AF_UNIX, type, 0);
  snprintf(at.un.sun_path, sizeof at.un.sun_path, "socket%d", type);
  if (bind(file, &at.common, sizeof at.un) != 0) return;
  show(file, format("%s:[%lu,\"socket%d\"]", name, inode(file), type));
}

static void netlink(int protocol, const char* name) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, protocol);
  if (fd < 0) return;
  show(fd, plain("NETLINK", fd));
  const int bound = socket(AF_NETLINK, SOCK_RAW, protocol);
  struct sockaddr_nl at = {.nl_family = AF_NETLINK, .nl_pid = 5000000u + (unsigned)getpid()};
  if (bind(bound, (struct sockaddr*)&at, sizeof at) != 0) return;
  show(bound, format("NETLINK:[%s:%u]", name, at.nl_pid));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  internet(AF_INET, SOCK_STREAM, 0, "TCP", "TCP");
  internet(AF_INET6, SOCK_STREAM, 0, "TCPv6", "TCPv6");
  internet(AF_INET, SOCK_DGRAM, 0, "UDP", "UDP");
  internet(AF_INET6, SOCK_DGRAM, 0, "UDPv6", "UDPv6");
  internet(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, "socket", "UDPLITE");
  internet(AF_INET6, SOCK_DGRAM, IPPROTO_UDPLITE, "UDPLITEv6", "UDPLITEv6");
  internet(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, "socket", "TCP");
  internet(AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, "socket", "TCPv6");
  family_unix(SOCK_STREAM, "UNIX-STREAM");
  family_unix(SOCK_DGRAM, "UNIX");
  family_unix(SOCK_SEQPACKET, "UNIX");
  netlink(NETLINK_ROUTE, "ROUTE");
  netlink(NETLINK_SOCK_DIAG, "SOCK_DIAG");
  netlink(NETLINK_KOBJECT_UEVENT, "KOBJECT_UEVENT");
  const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (raw >= 0) show(raw, plain("RAW", raw));
  const int packet = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
  if (packet >= 0) show(packet, plain("socket", packet));
  live_end();
}
