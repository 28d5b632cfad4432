#include "counting_observer.h"

#include <unistd.h>

namespace ktrace::lifecycle {

void CountingObserver::count(const StopEvent& event) {
  const int tid = event.tid.value;
  const StopKind& what = event.what;
  if (const auto* start = std::get_if<Started>(&what)) {
    CHECK_MESSAGE(!alive_.contains(tid), "a thread started twice");
    alive_[tid] = false;
    ++started;
    if (start->attached) ++attached;
    if (!start->attached && start->parent.value == 0) parents_unknown.insert(tid);
    return;
  }
  if (const auto* exec = std::get_if<Exec>(&what)) {
    ++execs;
    if (exec->former != event.tid) {
      renames.emplace_back(exec->former.value, tid);
      alive_[tid] = alive_[exec->former.value];
      alive_.erase(exec->former.value);
    }
    return;
  }
  CHECK_MESSAGE(alive_.contains(tid), "an event of a thread that has not started");
  if (const auto* entry = std::get_if<SyscallEntry>(&what)) {
    CHECK_MESSAGE(!alive_[tid], "an entry inside a call");
    alive_[tid] = true;
    ++entries;
    ++calls[entry->number];
    if (keep_log) entry_log.push_back(*entry);
  } else if (const auto* exit = std::get_if<SyscallExit>(&what)) {
    if (!alive_[tid]) ++exits_without_entry;
    alive_[tid] = false;
    ++exits;
    if (keep_log) outcomes.push_back(exit->outcome);
  } else if (const auto* signal = std::get_if<SignalDelivery>(&what)) {
    ++signals;
    ++signals_seen[signal->signal];
  } else if (std::holds_alternative<GroupStop>(what)) {
    ++group_stops;
  } else if (std::holds_alternative<NewChild>(what)) {
    ++births;
  } else if (std::holds_alternative<Exiting>(what)) {
    ++exitings;
  }
}

void CountingObserver::on_stop(const StopEvent& event, tracer::StoppedTracee token) {
  CHECK(token.tid() == event.tid);
  CHECK(event.tgid.value != 0);
  count(event);
  if (act_ && act_(event, token)) return;
  std::move(token).resume();
}

void CountingObserver::on_end(const EndEvent& event) {
  const int tid = event.tid.value;
  alive_.erase(tid);
  if (const auto* exit = std::get_if<Exited>(&event.what)) {
    ++exited;
    exit_statuses[tid] = exit->status;
  } else if (const auto* death = std::get_if<Killed>(&event.what)) {
    ++killed;
    deaths[tid] = death->signal;
  } else if (std::holds_alternative<Superseded>(event.what)) {
    ++superseded;
  } else {
    ++detached;
  }
}

std::string target(const std::string& name) {
  return std::string(KTRACE_LIFECYCLE_TARGETS) + "/" + name;
}

tracer::Launch command(std::vector<std::string> words) {
  tracer::Launch launch;
  launch.path = words.front();
  launch.argv = std::move(words);
  for (char** entry = environ; *entry; ++entry) launch.environment.emplace_back(*entry);
  return launch;
}

}  // namespace ktrace::lifecycle
