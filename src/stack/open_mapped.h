// The file behind a mapping of a tracee, opened as the tracee sees it, and only if it is the one that is mapped: a path
// may have come to name another file, or lead elsewhere in the tracee's mount namespace.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "ktrace/base/ids.h"
#include "ktrace/base/unique_fd.h"
#include "stack/mapping.h"

namespace ktrace::stack {

// Which file, and which state of it.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified = 0;  // nanoseconds; so is
  int64_t changed = 0;
  auto operator<=>(const FileIdentity&) const = default;
};

struct OpenedFile {
  UniqueFd file;     // none: it could not be opened
  std::string root;  // /proc/PID/root, if it was opened under that
  FileIdentity identity;
};

OpenedFile open_mapped(Tid tid, const Mapping& mapping);

}  // namespace ktrace::stack
