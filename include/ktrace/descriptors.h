// What the decoder may ask about a tracee's file descriptors and about processes. Implemented by src/resolve (procfs
// and sock_diag, with caches) and by tests. Returned views stay valid until the next call on the same object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ktrace {

// Ends the description of a file that has lost its name: `<` + `/tmp/x>(deleted)`, after which no `>` follows any more.
// Unambiguous, as a `>` in a path is escaped.
inline constexpr std::string_view deleted_target = ">(deleted)";

// What an id stands for.
enum class PidKind : uint8_t {
  process,  // or a thread
  group,
  session,
};

class Descriptors {
 public:
  virtual ~Descriptors() = default;

  // What -y or -yy prints between `<` and `>` after the number: already quoted and escaped, e.g. `/etc/passwd`,
  // `socket:[123]`, `TCP:[127.0.0.1:80->127.0.0.1:999]`, `/dev/null<char 1:3>`. Empty: not asked for, or not known.
  // It may end in `deleted_target`.
  virtual std::string_view describe(int fd) = 0;

  // The same for the current directory (AT_FDCWD).
  virtual std::string_view describe_cwd() = 0;

  // The same for a descriptor of another process.
  virtual std::string_view describe_of(int pid, int fd) {
    static_cast<void>(pid), static_cast<void>(fd);
    return {};
  }

  // The process that a pidfd refers to; -1: unknown, or it is none.
  virtual int pid_of(int pidfd) {
    static_cast<void>(pidfd);
    return -1;
  }

  // What is known of a process besides the number that the tracee, in its PID namespace, has for it.
  struct PidNames {
    std::string_view comm{};  // -Y: the name of the process, escaped; empty: not asked for, not known, or a group
    int own = 0;              // --pidns-translation: the number in ktrace's own namespace; 0: the same, or not known
  };
  virtual PidNames describe_pid(int pid, PidKind kind) = 0;

  // `net:[4026531840]`: the namespace NAME of a process, or of the tracee itself if `pid` is 0. Empty: not known.
  virtual std::string_view namespace_of(int pid, std::string_view name) {
    static_cast<void>(pid);
    static_cast<void>(name);
    return {};
  }

  // The path that fd refers to as /proc/PID/fd shows it; empty if it cannot be found out. Independent of -y: -P uses
  // it.
  virtual std::string_view path(int fd) = 0;

  // The current directory, for -P with relative paths; empty if unknown.
  virtual std::string_view cwd() = 0;

  // Address family (AF_*) and protocol (for AF_NETLINK: NETLINK_*) of a socket; -1 if fd is not a socket or unknown.
  struct Socket {
    int family = -1;
    int protocol = -1;
  };
  virtual Socket socket(int fd) = 0;

  // The name of network interface `index`, as strace shows it: `lo`. Empty: there is none.
  virtual std::string_view interface_name(unsigned index) {
    static_cast<void>(index);
    return {};
  }
};

}  // namespace ktrace
