// Process ids that a tracee in a PID namespace of its own uses, as numbers of the namespace ktrace is in
// (pid_namespaces(7)). The kernel has no call for that: /proc/PID/status lists the ids of a process in all namespaces
// from the reader's down to its own, so the process has to be looked for. What was found is tried first the next time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>

#include "ktrace/base/ids.h"
#include "ktrace/descriptors.h"

namespace ktrace::resolve {

class PidNamespaces {
 public:
  // The number in our namespace of what `seen_by` knows as `id`; 0: not found.
  int translate(Tid seen_by, int id, PidKind kind);

 private:
  std::optional<ino_t> own_;  // the namespace of ktrace
  std::map<std::tuple<ino_t, int, PidKind>, int> known_;
};

}  // namespace ktrace::resolve
