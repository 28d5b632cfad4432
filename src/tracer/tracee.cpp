#include "tracer/tracee.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/own_proc.h"
#include "tracer/process_info.h"

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
  const std::string status = base::read_proc(tid.value, "status");
  Family family;
  if (std::sscanf(status_field(status, "Tgid:"), "%d", &family.group.value) != 1) return std::nullopt;
  std::sscanf(status_field(status, "PPid:"), "%d", &family.parent.value);
  if (family.group.value != tid.value) family.parent = family.group;
  return family;
}

}  // namespace ktrace::tracer
