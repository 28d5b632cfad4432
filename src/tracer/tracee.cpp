#include "tracer/tracee.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "base/own_proc.h"

namespace ktrace::tracer {
namespace {

bool belongs_to(Tid tid, Tgid group) {
  // EPERM: there is such a thread in that group, we may just not signal it.
  return ::syscall(SYS_tgkill, group.value, tid.value, 0) == 0 || errno == EPERM;
}

}  // namespace

Tracee& TraceeTable::add(Tid tid, Tgid tgid, MemoryWays& ways) {
  return *tracees_.insert_or_assign(tid, std::make_unique<Tracee>(tid, tgid, ways)).first->second;
}

Tracee* TraceeTable::find(Tid tid) {
  const auto found = tracees_.find(tid);
  return found == tracees_.end() ? nullptr : found->second.get();
}

Tracee* TraceeTable::rename(Tid former, Tid leader, bool& vanished) {
  vanished = false;
  if (former == leader) return find(leader);
  auto moved = tracees_.extract(former);
  vanished = tracees_.erase(leader) != 0;
  if (!moved) return nullptr;
  moved.key() = leader;
  Tracee& tracee = *tracees_.insert(std::move(moved)).position->second;
  tracee.tid = leader;
  tracee.memory.rename(leader);
  return &tracee;
}

std::vector<Tid> TraceeTable::tids() const {
  std::vector<Tid> tids;
  tids.reserve(tracees_.size());
  for (const auto& [tid, tracee] : tracees_) tids.push_back(tid);
  return tids;
}

Tgid find_group(Tid tid, Tgid hint) {
  return belongs_to(tid, hint) ? hint : Tgid{tid.value};
}

std::optional<Family> read_family(Tid tid) {
  std::array<char, 32> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/status", base::proc_number(tid.value));
  std::FILE* file = std::fopen(path.data(), "re");
  if (!file) return std::nullopt;
  Family family;
  std::array<char, 256> line{};
  while (family.parent.value == 0 && std::fgets(line.data(), line.size(), file)) {
    std::sscanf(line.data(), "Tgid: %d", &family.group.value);
    std::sscanf(line.data(), "PPid: %d", &family.parent.value);
  }
  std::fclose(file);
  if (family.group.value == 0) return std::nullopt;
  if (family.group.value != tid.value) family.parent = family.group;
  return family;
}

}  // namespace ktrace::tracer
