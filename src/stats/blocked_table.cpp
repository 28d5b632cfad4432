// See blocked_table.h.
#include "stats/blocked_table.h"

#include <algorithm>

namespace ktrace::stats {
namespace {

using Align = Column::Align;
using Width = Column::Width;

}  // namespace

void BlockedTable::count(const CallState& call) {
  Counted& counted = rows_.of(call);
  ++counted.calls;
  const Nanoseconds wall = std::max(call.left - call.entered, Nanoseconds{});
  const Nanoseconds running = std::clamp(call.thread_time, Nanoseconds{}, wall);
  counted.running += running;
  counted.blocked += wall - running;
}

// The wait that a thread is killed in was a wait. exit and its kin only end.
void BlockedTable::lost(const Subject& who, const CallState& call) {
  static_cast<void>(who);
  if (call.name != "exit" && call.name != "exit_group") count(call);
}

void BlockedTable::added(const Subject& who, Tid parent, Nanoseconds when) {
  static_cast<void>(parent);
  since_.emplace(who.tid, when);
}

void BlockedTable::removed(const Subject& who, Nanoseconds when) {
  const auto found = since_.find(who.tid);
  if (found == since_.end()) return;
  lived_ += when - found->second;
  since_.erase(found);
}

void BlockedTable::renamed(const Subject& who, Tid before) {
  auto node = since_.extract(before);
  if (node.empty()) return;
  node.key() = who.tid;
  since_.insert(std::move(node));
}

void BlockedTable::ran(Tid tid, Nanoseconds cpu) {
  static_cast<void>(tid);
  ran_ += cpu;
}

Table BlockedTable::lives(Nanoseconds blocked, Nanoseconds now) const {
  Nanoseconds lived = lived_;
  for (const auto& [tid, since] : since_) lived += now - since;
  const Nanoseconds working = std::min(ran_, lived);
  const Nanoseconds waiting = std::min(blocked, lived - working);
  Table made{
      .name = "lives",
      .title = "Time of all threads",
      .columns = {{"percent", "%", 6}, {"seconds", "seconds", 11}, {"state", "state", 16, Align::left, Width::grows}}};
  const auto add = [&](Nanoseconds time, std::string_view state) {
    made.rows.push_back({Cell::of_percent(percent(time, lived)), Cell::of_seconds(time), Cell::of_text(state)});
  };
  add(working, "working, on a CPU");
  add(waiting, "blocked in calls");
  add(lived - working - waiting, "other: traced, stopped, waiting for a CPU, in calls that go on");
  made.total = {Cell::of_percent(100), Cell::of_seconds(lived), Cell::of_text("total")};
  return made;
}

void BlockedTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  std::vector<const Entry*> entries;
  Counted all, others;
  const auto add = [](Counted& sum, const Counted& row) {
    sum.calls += row.calls;
    sum.blocked += row.blocked;
    sum.running += row.running;
  };
  for (const Entry& entry : rows_.entries()) {
    entries.push_back(&entry);
    add(all, entry.row);
  }
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return std::tie(b->row.blocked, a->name) < std::tie(a->row.blocked, b->name);
  });
  Table made{.name = "blocked",
             .title = "Blocked",
             .columns = {{"percent", "% blocked", 9},
                         {"blocked", "blocked", 11},
                         {"working", "working", 11},
                         {"calls", "calls", 9},
                         {"name", "syscall", 16, Align::left, Width::grows}}};
  const auto cells = [&](std::string_view name, const Counted& row) -> Row {
    return {Cell::of_percent(percent(row.blocked, all.blocked)), Cell::of_seconds(row.blocked),
            Cell::of_seconds(row.running), Cell::of_count(row.calls), Cell::of_text(name)};
  };
  const Cut cut = stats::cut(entries.size(), top);
  for (std::size_t i = 0; i < cut.shown; ++i) made.rows.push_back(cells(entries[i]->name, entries[i]->row));
  for (std::size_t i = cut.shown; i < entries.size(); ++i) add(others, entries[i]->row);
  made.folded = cut.folded;
  if (cut.folded) made.others = cells(others_name(cut.folded), others);
  made.total = cells("total", all);
  to.push_back(std::move(made));
  to.push_back(lives(all.blocked, now));
}

void BlockedTable::reset(Nanoseconds now) {
  rows_.clear();
  for (auto& [tid, since] : since_) since = now;
  lived_ = ran_ = {};
}

}  // namespace ktrace::stats
