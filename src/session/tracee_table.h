// The tracees of a session, by tid. An entry keeps its address for as long as it lives: the call in flight holds views
// into itself, and sinks keep rendered text in it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "filter/injection.h"
#include "ktrace/call.h"
#include "session/file_uses.h"
#include "session/mapping_calls.h"
#include "session/vcpu.h"

namespace ktrace::session {

// Where strace finds out that an execve has changed the word size: on x86 at the next call, on arm64 when it reads the
// registers to show how this one ended.
constexpr bool says_abi_within_execve = native_abi == Abi::aarch64;

struct TraceeState {
  Tid tid;
  Tgid tgid;
  Abi abi = native_abi;         // of the last system call: a change is announced
  std::optional<Abi> next_abi;  // of the program that the execve in flight has started
  CallState call;
  bool in_call = false;                          // between an entry and an exit stop
  bool wanted = false;                           // the filters let that call through
  Nanoseconds system_at_entry{};                 // StopEvent::system_time at the entry stop
  Nanoseconds thread_time_at_entry{};            // with --stats=blocked
  std::vector<FileUses::Use> files;              // with --stats=files: what the call in flight works with
  std::string comm;                              // with -Y: its name when it was last seen
  std::string_view last_call;                    // name of the call before, for restart_syscall; points into tables
  filter::Injections::Counts invocations;        // of the calls that have a rule
  const filter::Injection* injection = nullptr;  // what is done to the call in flight
  uint32_t mapping_trait = 0;                    // -k: what the call in flight does to the code
  stack::TakenStack stack;                       // -k: where it comes from, until that is shown
  std::optional<Vcpu> vcpu;                      // that it runs, with -e kvm=vcpu+
};

class TraceeTable {
 public:
  TraceeState& add(Tid tid, Tgid tgid) {
    auto& entry = tracees_[tid];
    if (!entry) {
      entry = std::make_unique<TraceeState>();
      entry->tid = tid;
      entry->tgid = tgid;
    }
    return *entry;
  }
  TraceeState* find(Tid tid) {
    const auto i = tracees_.find(tid);
    return i == tracees_.end() ? nullptr : i->second.get();
  }
  [[nodiscard]] const TraceeState* find(Tid tid) const {
    const auto i = tracees_.find(tid);
    return i == tracees_.end() ? nullptr : i->second.get();
  }
  void remove(Tid tid) { tracees_.erase(tid); }
  // execve by a thread that is no leader: it goes on under the leader's tid.
  TraceeState& rename(Tid from, Tid to) {
    auto entry = std::move(tracees_[from]);
    tracees_.erase(from);
    entry->tid = to;
    entry->call.tid = to;
    return *(tracees_[to] = std::move(entry));
  }
  [[nodiscard]] std::size_t size() const { return tracees_.size(); }

 private:
  std::unordered_map<Tid, std::unique_ptr<TraceeState>> tracees_;
};

}  // namespace ktrace::session
