// See pid_namespaces.h. The lines NStgid, NSpid, NSpgid and NSsid of /proc/PID/status: proc_pid_status(5).
#include "resolve/pid_namespaces.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "ktrace/base/unique_fd.h"
#include "resolve/procfs.h"

namespace ktrace::resolve {
namespace {

std::string_view key_of(PidKind kind) {
  switch (kind) {
    case PidKind::process: return "NSpid";
    case PidKind::group: return "NSpgid";
    case PidKind::session: return "NSsid";
  }
  return {};
}

// Outermost first; the outermost is ours.
std::vector<int> ids_of(int pid, std::string_view key) {
  std::vector<int> ids;
  const Status status(Tid{pid});
  std::string_view rest = status.value(key);
  while (!rest.empty()) {
    int id = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
    if (error != std::errc()) break;
    ids.push_back(id);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  }
  return ids;
}

std::optional<ino_t> inode_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return std::nullopt;
  return status.st_ino;
}

UniqueFd open_namespace(const std::string& pid) {
  return UniqueFd(open(fmt::format("/proc/{}/ns/pid", pid).c_str(), O_RDONLY | O_CLOEXEC));
}

// The PID namespace `up` levels above that of the process.
std::optional<ino_t> ancestor_of(int pid, std::size_t up) {
  UniqueFd fd = open_namespace(std::to_string(pid));
  for (; fd.valid() && up != 0; --up) fd = UniqueFd(ioctl(fd.get(), NS_GET_PARENT));
  return fd.valid() ? inode_of(fd.get()) : std::nullopt;
}

// Calls visit with each number that names an entry of the directory, until it says true.
template <class Visit>
bool any_number(const std::string& directory, Visit visit) {
  DIR* open_directory = opendir(directory.c_str());
  if (open_directory == nullptr) return false;
  bool found = false;
  while (!found) {
    const dirent* entry = readdir(open_directory);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) found = visit(number);
  }
  closedir(open_directory);
  return found;
}

}  // namespace

int PidNamespaces::translate(Tid seen_by, int id, PidKind kind) {
  if (!own_) {
    const UniqueFd own = open_namespace("self");
    own_ = own.valid() ? inode_of(own.get()) : std::nullopt;
  }
  const auto theirs = ancestor_of(seen_by.value, 0);
  if (!theirs || theirs == own_) return id;  // it may be about to die, and then nobody knows
  const std::size_t depth = ids_of(seen_by.value, "NSpid").size();
  if (depth == 0) return 0;
  const std::size_t level = depth - 1;

  const std::string_view key = key_of(kind);
  int& known = known_[{*theirs, id, kind}];
  int result = 0;
  const auto is_it = [&](int pid) {
    const std::vector<int> ids = ids_of(pid, key);
    if (ids.size() <= level || ids[level] != id) return false;
    if (ancestor_of(pid, ids.size() - 1 - level) != theirs) return false;
    known = pid;
    result = ids.front();
    return true;
  };
  if (known != 0 && is_it(known)) return result;
  if (any_number("/proc", is_it)) return result;
  const auto has_it = [&](int pid) { return any_number(fmt::format("/proc/{}/task", pid), is_it); };
  if (kind == PidKind::process && any_number("/proc", has_it)) return result;
  known = 0;
  return 0;
}

}  // namespace ktrace::resolve
