// A process with all its descendants (--attach-tree), also while they fork.
//
// A process whose threads are all seized makes no child that escapes: the kernel seizes it at birth. What has to be
// found is who was there before, and /proc is read until it shows no child of a member that is not a member itself.
// Since members stop when they are seized, that comes to an end. What is left is a process that dies before its turn:
// its children go to a reaper (init, or a process with PR_SET_CHILD_SUBREAPER), which does not tell whose they were. If
// they were seen before, that is known; if not, a newcomer that lives with a reaper and in a session of the tree counts
// as one of them.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>
#include <utility>

#include "tracer/process_info.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
namespace {

constexpr int init = 1;

class Tree {
 public:
  explicit Tree(Tgid root) : before_(all_processes()) {
    add(root, read_process(root));
    for (bool grown = true; grown;) {
      grown = false;
      for (const ProcessInfo& process : before_) {
        if (!members_.contains(process.id.value) && members_.contains(process.parent.value)) {
          add(process.id, process);
          grown = true;
        }
      }
    }
  }

  // Descendants that were not returned before, in the order in which they have to be attached: parents come first.
  std::vector<Tgid> newcomers() {
    if (std::vector<Tgid> first = std::exchange(pending_, {}); !first.empty()) return first;
    const std::vector<ProcessInfo> now = all_processes();
    for (const ProcessInfo& process : now) learn_reaper(process);
    for (bool grown = true; grown;) {
      grown = false;
      for (const ProcessInfo& process : now) {
        if (members_.contains(process.id.value) || process.id.value == ::getpid()) continue;
        if (!members_.contains(process.parent.value) && !is_orphan(process)) continue;
        add(process.id, process);
        grown = true;
      }
    }
    return std::exchange(pending_, {});
  }

 private:
  void add(Tgid id, const std::optional<ProcessInfo>& info) {
    members_.insert(id.value);
    sessions_.insert(id.value);  // in case it leads one
    if (info) sessions_.insert(info->session.value);
    pending_.push_back(id);
  }

  void learn_reaper(const ProcessInfo& process) {
    const auto same = std::ranges::find(before_, process.id, &ProcessInfo::id);
    if (same == before_.end() || same->parent == process.parent || !members_.contains(same->parent.value)) return;
    if (!members_.contains(process.parent.value)) reapers_.insert(process.parent.value);
  }

  bool is_orphan(const ProcessInfo& process) const {
    if (!reapers_.contains(process.parent.value) || !sessions_.contains(process.session.value)) return false;
    return std::ranges::find(before_, process.id, &ProcessInfo::id) == before_.end();
  }

  std::vector<ProcessInfo> before_;
  std::unordered_set<int> members_, sessions_, reapers_{init};  // ids
  std::vector<Tgid> pending_;
};

bool is_ours(Tgid id) {
  const auto credentials = read_credentials({id.value});
  return credentials && credentials->tracer.value == ::getpid();
}

// Ended before its turn came.
bool is_over(Tgid id) {
  const auto info = read_process(id);
  return !info || info->state == 'Z' || info->state == 'X';
}

}  // namespace

AttachedTree Supervisor::Impl::attach_tree(Tgid root) {
  AttachedTree attached;
  Tree tree(root);
  for (auto newcomers = tree.newcomers(); !newcomers.empty(); newcomers = tree.newcomers()) {
    for (const Tgid process : newcomers) {
      const Tid leader{process.value};
      if (tracees_.find(leader)) continue;
      if (const auto count = attach_process(process)) {
        attached.processes.push_back({.leader = leader, .threads = *count});
      } else if (process == root || !(is_ours(process) || is_over(process))) {
        attached.refused.push_back({.leader = leader, .why = count.error()});
      }
    }
  }
  return attached;
}

}  // namespace ktrace::tracer
