// See open_mapped.h.
#include "stack/open_mapped.h"

#include <cinttypes>
#include <cstdio>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/own_proc.h"

namespace ktrace::stack {
namespace {

constexpr int64_t second = 1'000'000'000;

// What /proc/PID/maps says of a file is not always what stat(2) says: overlayfs and btrfs have another device, or
// inode, in each. So the file is mapped here, too, to see what is said of it then.
bool maps_as(int fd, const Mapping& mapping) {
  void* at = mmap(nullptr, 1, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return false;
  bool same = false;
  if (std::FILE* maps = std::fopen("/proc/self/maps", "re")) {
    char line[512];
    while (!same && std::fgets(line, sizeof line, maps) != nullptr) {
      uint64_t begin = 0;
      uint64_t inode = 0;
      unsigned major_number = 0;
      unsigned minor_number = 0;
      // NOLINTNEXTLINE(bugprone-unchecked-string-to-number-conversion,cert-err34-c)
      if (std::sscanf(line, "%" SCNx64 "-%*x %*4s %*x %x:%x %" SCNu64, &begin, &major_number, &minor_number, &inode) ==
              4 &&
          begin == reinterpret_cast<uintptr_t>(at)) {
        same = makedev(major_number, minor_number) == mapping.device && inode == mapping.inode;
        break;
      }
    }
    std::fclose(maps);
  }
  munmap(at, 1);
  return same;
}

bool open_as(const std::string& path, const Mapping& mapping, OpenedFile& opened) {
  // Not blocking: it may be a FIFO, or a device, that the tracee put there.
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  if ((status.st_dev != mapping.device || status.st_ino != mapping.inode) && !maps_as(file.get(), mapping)) {
    return false;
  }
  opened.file = std::move(file);
  opened.identity = {.device = status.st_dev,
                     .inode = status.st_ino,
                     .size = static_cast<uint64_t>(status.st_size),
                     .modified = status.st_mtim.tv_sec * second + status.st_mtim.tv_nsec,
                     .changed = status.st_ctim.tv_sec * second + status.st_ctim.tv_nsec};
  return true;
}

}  // namespace

OpenedFile open_mapped(Tid tid, const Mapping& mapping) {
  OpenedFile opened;
  if (mapping.inode == 0 && mapping.device == 0) return opened;
  const std::string process = fmt::format("/proc/{}", base::proc_number(tid.value));
  // The plain path first: mostly it is right, and debug files are to be found beside it. map_files wants CAP_SYS_ADMIN,
  // but the program itself, once deleted, can be had by anybody.
  if (mapping.path.starts_with('/') && !mapping.deleted) {
    if (open_as(mapping.path, mapping, opened)) return opened;
    if (open_as(process + "/root" + mapping.path, mapping, opened)) {
      opened.root = process + "/root";
      return opened;
    }
  }
  const std::string ends = fmt::format("{:x}-{:x}", mapping.begin.value, mapping.end.value);
  if (!open_as(process + "/map_files/" + ends, mapping, opened)) open_as(process + "/exe", mapping, opened);
  return opened;
}

}  // namespace ktrace::stack
