#include "stack/query_mapping.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string>

#include "ktrace/base/unique_fd.h"

namespace ktrace::stack {
namespace {

// include/uapi/linux/fs.h: struct procmap_query. Headers of kernels before 6.11 do not have it.
struct ProcmapQuery {
  uint64_t size;
  uint64_t query_flags;  // 0: the mapping that has the address, or none
  uint64_t query_addr;
  uint64_t vma_start;
  uint64_t vma_end;
  uint64_t vma_flags;
  uint64_t vma_page_size;
  uint64_t vma_offset;
  uint64_t inode;
  uint32_t dev_major;
  uint32_t dev_minor;
  uint32_t vma_name_size;  // of the room for it; 0: without a name. After the call: of the name with its NUL
  uint32_t build_id_size;
  uint64_t vma_name_addr;
  uint64_t build_id_addr;
};
static_assert(sizeof(ProcmapQuery) == 104);
constexpr unsigned long procmap_query = _IOWR('f', 17, ProcmapQuery);
constexpr uint64_t flag_executable = 0x04;

}  // namespace

Queried query_mapping(Tid tid, Address at, Mapping& mapping) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/maps", tid.value);
  const UniqueFd maps(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!maps.valid()) return Queried::none;
  std::array<char, PATH_MAX + 64> name{};
  ProcmapQuery query{};
  query.size = sizeof query;
  query.query_addr = at.value;
  query.vma_name_size = name.size();
  query.vma_name_addr = reinterpret_cast<uintptr_t>(name.data());
  if (ioctl(maps.get(), procmap_query, &query) != 0) return errno == ENOENT ? Queried::none : Queried::not_supported;
  mapping.begin = {query.vma_start};
  mapping.end = {query.vma_end};
  mapping.offset = query.vma_offset;
  mapping.device = makedev(query.dev_major, query.dev_minor);
  mapping.inode = query.inode;
  mapping.executable = (query.vma_flags & flag_executable) != 0;
  set_path(mapping, query.vma_name_size != 0 ? std::string(name.data()) : std::string());
  return Queried::found;
}

}  // namespace ktrace::stack
