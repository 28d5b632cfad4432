// The tests ask about the descriptors of the test program itself.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <string>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ktrace/base/unique_fd.h"
#include "resolve/live_descriptors.h"

using ktrace::Tid;
using ktrace::UniqueFd;
using ktrace::resolve::DecodeFds;
using ktrace::resolve::LiveDescriptors;

namespace {

constexpr DecodeFds paths{.path = true};
constexpr DecodeFds everything{
    .path = true, .socket = true, .device = true, .eventfd = true, .pidfd = true, .signalfd = true};

std::string describe(const DecodeFds& what, const UniqueFd& fd) {
  LiveDescriptors descriptors(what, {});
  descriptors.select(Tid{getpid()});
  return std::string(descriptors.describe(fd.get()));
}

ino_t inode(const UniqueFd& fd) {
  struct stat status {};
  fstat(fd.get(), &status);
  return status.st_ino;
}

// A directory that goes away again.
class Directory {
 public:
  Directory() {
    char name[] = "/tmp/ktrace-resolve-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Directory() { rmdir(path_.c_str()); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

UniqueFd bound_udp_socket(sockaddr_in& address) {
  UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  address = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t length = sizeof address;
  bind(fd.get(), reinterpret_cast<sockaddr*>(&address), length);
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  return fd;
}

}  // namespace

TEST_CASE("nothing is told that was not asked for") {
  const UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(describe({}, fd).empty());
  CHECK(describe({.socket = true}, fd).empty());
  CHECK(describe(paths, UniqueFd()).empty());
}

TEST_CASE("a path is shown with our brackets and control characters escaped") {
  const Directory directory;
  const std::string name = directory.path() + "/a<b>\n";
  const UniqueFd fd(open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  CHECK(describe(paths, fd) == directory.path() + "/a\\74b\\76\\n");
  unlink(name.c_str());
}

TEST_CASE("a file without a name is marked as deleted, one of that name is not") {
  const Directory directory;
  const std::string name = directory.path() + "/x (deleted)";
  const UniqueFd fd(open(name.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  CHECK(describe(paths, fd) == name);
  unlink(name.c_str());
  CHECK(describe(paths, fd) == name + ">(deleted)");
}

TEST_CASE("devices have numbers under -yy") {
  const UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(describe(paths, fd) == "/dev/null");
  CHECK(describe(everything, fd) == "/dev/null<char 1:3>");
}

TEST_CASE("event and signal descriptors tell their state") {
  const UniqueFd event(eventfd(5, EFD_CLOEXEC | EFD_SEMAPHORE));
  const std::string text = describe(everything, event);
  CHECK(text.starts_with("{eventfd-count=0x5, eventfd-id="));
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, 37);
  const UniqueFd some(signalfd(-1, &signals, SFD_CLOEXEC));
  CHECK(describe(everything, some) == "signalfd:[INT RT_5]");
  sigfillset(&signals);
  const UniqueFd most(signalfd(-1, &signals, SFD_CLOEXEC));
  CHECK(describe(everything, most) == "signalfd:~[KILL STOP RTMIN RT_1]");
}

TEST_CASE("a pair of sockets names both ends") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  CHECK(describe(paths, one) == fmt::format("socket:[{}]", inode(one)));
  CHECK(describe(everything, one) == fmt::format("UNIX:[{}->{}]", inode(one), inode(other)));
}

TEST_CASE("an internet socket shows its addresses, an unbound one its inode") {
  const UniqueFd unbound(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  CHECK(describe(everything, unbound) == fmt::format("UDP:[{}]", inode(unbound)));
  sockaddr_in address{}, peer{};
  const UniqueFd fd = bound_udp_socket(address), target = bound_udp_socket(peer);
  connect(fd.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer);
  CHECK(describe(everything, fd) ==
        fmt::format("UDP:[127.0.0.1:{}->127.0.0.1:{}]", ntohs(address.sin_port), ntohs(peer.sin_port)));
}

TEST_CASE("family and protocol of sockets are known without -yy") {
  LiveDescriptors descriptors({}, {});
  descriptors.select(Tid{getpid()});
  const UniqueFd udp(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  CHECK(descriptors.socket(udp.get()).family == AF_INET6);
  CHECK(descriptors.socket(udp.get()).protocol == IPPROTO_UDP);
  const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  CHECK(descriptors.socket(null.get()).family == -1);
}

TEST_CASE("the name of a process is escaped") {
  char before[16];
  prctl(PR_GET_NAME, before);
  prctl(PR_SET_NAME, "a<b>\"c");
  LiveDescriptors descriptors({}, {.comm = true});
  CHECK(descriptors.describe_pid(getpid(), ktrace::PidKind::process).comm == "a\\74b\\76\\\"c");
  CHECK(descriptors.describe_pid(-1, ktrace::PidKind::process).comm.empty());
  prctl(PR_SET_NAME, before);
}
