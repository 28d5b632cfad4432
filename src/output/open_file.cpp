// See open_file.h.
#include "output/open_file.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace ktrace::output {

AsCaller::AsCaller() : uid_(geteuid()), gid_(getegid()) {
  if (gid_ != getgid()) changed_ |= setegid(getgid()) == 0;
  if (uid_ != getuid()) changed_ |= seteuid(getuid()) == 0;
}

AsCaller::~AsCaller() {
  if (!changed_) return;
  // Restoring saved ids cannot fail; if it did, going on with fewer rights is safe.
  [[maybe_unused]] const int a = seteuid(uid_);
  [[maybe_unused]] const int b = setegid(gid_);
}

namespace {

Error cannot_open(std::string_view path, int number) {
  return {number, fmt::format("Can't fopen '{}': {}", path, std::strerror(number))};
}

constexpr int plain_flags = O_WRONLY | O_CREAT | O_CLOEXEC;

// What a link of a trusted owner says, and the folder that it is relative to. Links of /proc lead to what is open
// already, whatever they say: they are followed as they are.
struct Link {
  UniqueFd folder;
  std::string name;
  bool followed = false;
};

bool is_trusted(const struct stat& status) {
  return status.st_uid == 0 || status.st_uid == getuid();
}

Result<Link> read_link(const Link& at) {
  const UniqueFd link(openat(at.folder.get(), at.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  if (!link.valid() || fstat(link.get(), &status) != 0) return Error{errno, ""};
  if (!S_ISLNK(status.st_mode)) return Error{ELOOP, ""};  // it was one just now
  if (!is_trusted(status)) return Error{EACCES, "a symbolic link of another user"};
  Link next;
  const std::size_t slash = at.name.rfind('/');
  const std::string parent = slash == std::string::npos ? "." : at.name.substr(0, slash + 1);
  next.folder.reset(openat(at.folder.get(), parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs where {};
  if (fstatfs(link.get(), &where) == 0 && where.f_type == PROC_SUPER_MAGIC) {
    next.name = at.name.substr(slash == std::string::npos ? 0 : slash + 1);
    next.followed = true;
    return next;
  }
  char target[PATH_MAX];
  const ssize_t length = readlinkat(link.get(), "", target, sizeof target);
  if (length <= 0 || !next.folder.valid()) return Error{errno, ""};
  next.name.assign(target, static_cast<std::size_t>(length));
  return next;
}

// The file at the end of all links; -1 and errno as openat(2). Nothing is lost of what is in it.
UniqueFd open_here(const Link& at, bool append) {
  const int flags = plain_flags | (append ? O_APPEND : 0) | (at.followed ? 0 : O_NOFOLLOW);
  UniqueFd file(openat(at.folder.get(), at.name.c_str(), flags | O_NONBLOCK, 0666));
  if (file.valid()) {
    fcntl(file.get(), F_SETFL, append ? O_APPEND : 0);
  } else if (errno == ENXIO) {
    // A FIFO that nobody reads (yet).
    struct stat status {};
    const bool waits = fstatat(at.folder.get(), at.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    errno = ENXIO;
    if (waits && is_trusted(status)) file.reset(openat(at.folder.get(), at.name.c_str(), flags, 0666));
  }
  return file;
}

Result<UniqueFd> open_warily(const std::string& path, bool append) {
  constexpr int most_links = 40;  // as in the kernel
  Link at{.folder = UniqueFd(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)), .name = path};
  for (int k = 0; k < most_links; ++k) {
    UniqueFd file = open_here(at, append);
    if (file.valid()) {
      struct stat status {};
      const bool full = !append && fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size != 0;
      if (full && ftruncate(file.get(), 0) != 0) break;
      return file;
    }
    if (errno != ELOOP || at.followed) break;
    auto next = read_link(at);
    if (!next && next.error().number == EACCES && !next.error().what.empty())
      return Error{EACCES, fmt::format("Can't fopen '{}': {} is not followed with -u", path, next.error().what)};
    if (!next) return cannot_open(path, next.error().number);
    at = std::move(next).value();
  }
  return cannot_open(path, errno);
}

}  // namespace

Result<UniqueFd> open_file(const std::string& path, HowToOpen how) {
  const AsCaller caller;
  if (how.wary) return open_warily(path, how.append);
  const int fd = ::open(path.c_str(), plain_flags | (how.append ? O_APPEND : O_TRUNC), 0666);
  if (fd < 0) return cannot_open(path, errno);
  return UniqueFd(fd);
}

}  // namespace ktrace::output
