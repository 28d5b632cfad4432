// See procfs.h.
#include "resolve/procfs.h"

#include <cerrno>
#include <charconv>
#include <climits>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/own_proc.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::resolve {
namespace {

using PathBuffer = fmt::basic_memory_buffer<char, 64>;

template <class... Arguments>
const char* make_path(PathBuffer& buffer, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(buffer), format, std::forward<Arguments>(arguments)...);
  buffer.push_back('\0');
  return buffer.data();
}

void follow(const char* link, std::string& out) {
  out.resize(PATH_MAX);
  const ssize_t length = readlink(link, out.data(), out.size());
  out.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
}

// The value of the line `KEY:` without blanks around.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.substr(0, key.size()) != key || line.substr(key.size(), 1) != ":") continue;
    line.remove_prefix(key.size() + 1);
    const std::size_t from = line.find_first_not_of(" \t");
    return from == std::string_view::npos ? std::string_view() : line.substr(from);
  }
  return {};
}

}  // namespace

void read_link(Tid tid, std::string_view name, std::string& out) {
  PathBuffer path;
  follow(make_path(path, "/proc/{}/{}", base::proc_number(tid.value), name), out);
}

void read_fd_link(Tid tid, int fd, std::string& out) {
  out.clear();
  if (fd < 0) return;
  PathBuffer path;
  follow(make_path(path, "/proc/{}/fd/{}", base::proc_number(tid.value), fd), out);
}

namespace {

std::optional<FileStatus> known_status(int directory, const char* path, int flags) {
  struct statx status {};
  constexpr unsigned wanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_NLINK;
  if (statx(directory, path, flags | AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, wanted, &status) != 0) return {};
  return FileStatus{.mode = status.stx_mode,
                    .device = makedev(status.stx_dev_major, status.stx_dev_minor),
                    .inode = status.stx_ino,
                    .major = status.stx_rdev_major,
                    .minor = status.stx_rdev_minor,
                    .names = status.stx_nlink};
}

}  // namespace

std::optional<FileStatus> stat_fd(Tid tid, int fd) {
  PathBuffer path;
  return known_status(AT_FDCWD, make_path(path, "/proc/{}/fd/{}", base::proc_number(tid.value), fd), 0);
}

bool is_name_of(const std::string& path, const FileStatus& file) {
  open_how how{};
  how.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  how.resolve = RESOLVE_CACHED;
  const UniqueFd opened(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
  if (!opened.valid() && errno == EAGAIN) return file.names > 0;
  std::optional<FileStatus> named;
  if (opened.valid())
    named = known_status(opened.get(), "", AT_EMPTY_PATH);
  else if (errno == ENOSYS || errno == EINVAL || errno == EPERM)
    // A kernel before 5.12, or a sandbox, does not know such questions: it may have to ask.
    named = known_status(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW);
  return named && named->inode == file.inode && named->device == file.device;
}

std::string socket_protocol(Tid tid, int fd) {
  PathBuffer path;
  char name[64];
  const ssize_t length = getxattr(make_path(path, "/proc/{}/fd/{}", base::proc_number(tid.value), fd),
                                  "system.sockprotoname", name, sizeof name);
  // The length counts the NUL that ends the name (net/socket.c, sockfs_xattr_get).
  return length > 0 ? std::string(name, static_cast<std::size_t>(length) - 1) : std::string();
}

FdInfo::FdInfo(Tid tid, int fd) {
  PathBuffer path;
  base::read_proc(tid.value, make_path(path, "fdinfo/{}", fd), text_);
}

Status::Status(Tid tid) {
  base::read_proc(tid.value, "status", text_);
}

std::string_view Status::value(std::string_view key) const {
  return value_of(text_, key);
}

std::string_view FdInfo::value(std::string_view key) const {
  return value_of(text_, key);
}

std::string_view read_start(Tid tid, std::string_view name, std::span<char> room) {
  PathBuffer path;
  const UniqueFd fd(open(make_path(path, "/proc/{}/{}", base::proc_number(tid.value), name), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  const ssize_t length = read(fd.get(), room.data(), room.size());
  return {room.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::optional<Address> find_mapping(Tid tid, std::string_view file) {
  PathBuffer path;
  std::ifstream maps(make_path(path, "/proc/{}/maps", base::proc_number(tid.value)));
  for (std::string line; std::getline(maps, line);) {
    if (line.size() <= file.size() || !line.ends_with(file) || line[line.size() - file.size() - 1] != ' ') continue;
    uint64_t first = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), first, 16);
    if (parsed.ec == std::errc{}) return Address{first};
  }
  return std::nullopt;
}

void read_comm(int pid, std::string& out) {
  out.clear();
  if (pid <= 0) return;
  base::read_proc(pid, "comm", out);
  if (const std::size_t end = out.find('\n'); end != std::string::npos) out.resize(end);
}

}  // namespace ktrace::resolve
