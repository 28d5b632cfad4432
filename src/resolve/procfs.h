// The files under /proc/TID that tell about descriptors and names (proc(5)). A tracee may be gone at any time: what
// cannot be read is empty.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ktrace/base/ids.h"

namespace ktrace::resolve {

// Where the symbolic link /proc/TID/NAME leads to, as it stands there.
void read_link(Tid tid, std::string_view name, std::string& out);

// The same for /proc/TID/fd/FD.
void read_fd_link(Tid tid, int fd, std::string& out);

// The part of stat(2) that is known without asking the file system: a FUSE server, which may be a tracee that is
// stopped, or a network. It may be older than what stat would say.
struct FileStatus {
  uint32_t mode = 0;
  dev_t device = 0;  // that it is on
  uint64_t inode = 0;
  unsigned major = 0, minor = 0;  // of the device that it is
  unsigned names = 0;             // hard links
};
// What the descriptor refers to.
std::optional<FileStatus> stat_fd(Tid tid, int fd);
// Whether the path leads to this file, as far as the kernel knows that by heart. There are file systems that look names
// up anew each time, among them an overlay on one and all that is mounted below: there, a file with any name left has
// this one.
bool is_name_of(const std::string& path, const FileStatus& file);

// The name of the protocol a socket speaks, an extended attribute that the kernel gives (`TCP`, `UNIX-STREAM`).
std::string socket_protocol(Tid tid, int fd);

// The value of the line `KEY:` of /proc/TID/fdinfo/FD without blanks around; empty: there is none.
class FdInfo {
 public:
  FdInfo(Tid tid, int fd);
  [[nodiscard]] std::string_view value(std::string_view key) const;

 private:
  std::string text_;
};

// The same of /proc/TID/status.
class Status {
 public:
  explicit Status(Tid tid);
  [[nodiscard]] std::string_view value(std::string_view key) const;

 private:
  std::string text_;
};

// The first bytes of /proc/TID/NAME, as many as there is room for.
std::string_view read_start(Tid tid, std::string_view name, std::span<char> room);

// Where the tracee has mapped a file, by the name that /proc/TID/maps has for it. The first place, if there are
// several.
std::optional<Address> find_mapping(Tid tid, std::string_view file);

// The name of a thread; up to its first newline, if it has one.
void read_comm(int pid, std::string& out);

}  // namespace ktrace::resolve
