// See task_table.h.
#include "stats/task_table.h"

#include <algorithm>
#include <tuple>

namespace ktrace::stats {
namespace {

using Align = Column::Align;
using Width = Column::Width;

}  // namespace

void TaskTable::Task::add(const Task& other) {
  lived += other.lived;
  cpu += other.cpu;
  in_calls += other.in_calls;
  calls += other.calls;
  errors += other.errors;
}

TaskTable::Live* TaskTable::find(Tid tid) {
  const auto row = row_of_.find(tid);
  if (row == row_of_.end()) return nullptr;
  const auto live = live_.find(row->second);
  return live == live_.end() ? nullptr : &live->second;
}

// What it is called now. What is gone keeps what was known. Copies: what was read lies in room for a whole page.
void TaskTable::look(Task& task, Tid tid) {
  tasks_->command_line(tid, text_);
  if (!text_.empty()) task.command = text_;
  if (by_ == By::process) return;
  tasks_->name(tid, text_);
  if (!text_.empty()) task.name = text_;
}

void TaskTable::call(const Subject& who, const CallState& call) {
  Live* live = find(who.tid);
  if (!live) return;
  Task& task = live->task;
  ++task.calls;
  if (call.outcome.is_error) ++task.errors;
  task.in_calls += std::max(call.left - call.entered - overhead_, Nanoseconds{});
}

void TaskTable::executed(const Subject& who) {
  if (Live* live = find(who.tid)) look(live->task, who.tid);
}

void TaskTable::added(const Subject& who, Tid parent, Nanoseconds when) {
  const int id = by_ == By::process ? who.tgid.value : who.tid.value;
  if (!row_of_.emplace(who.tid, id).second) return;
  Live& live = live_[id];
  if (live.threads++ != 0) return;
  live.task = {.id = id, .process = who.tgid.value, .since = when};
  // Until it calls execve a child is what its parent is.
  if (const Live* from = find(parent)) {
    live.task.command = from->task.command;
    live.task.name = from->task.name;
  } else {
    look(live.task, who.tid);
  }
}

void TaskTable::ending(const Subject& who) {
  Live* live = find(who.tid);
  if (!live) return;
  if (by_ == By::thread || live->threads == 1 || who.tid.value == who.tgid.value) look(live->task, who.tid);
}

void TaskTable::removed(const Subject& who, Nanoseconds when) {
  const auto row = row_of_.find(who.tid);
  if (row == row_of_.end()) return;
  const int id = row->second;
  row_of_.erase(row);
  const auto live = live_.find(id);
  if (live == live_.end() || --live->second.threads != 0) return;
  live->second.task.lived = when - live->second.task.since;
  keep(std::move(live->second.task));
  live_.erase(live);
}

// execve by a thread that is no leader: it goes on under the leader's id, whose own thread is gone.
void TaskTable::renamed(const Subject& who, Tid before) {
  auto row = row_of_.extract(before);
  if (row.empty()) return;
  row.key() = who.tid;
  if (by_ == By::thread) {
    auto live = live_.extract(before.value);
    if (!live.empty()) {
      live.key() = live.mapped().task.id = who.tid.value;
      row.mapped() = who.tid.value;
      live_.insert(std::move(live));
    }
  }
  row_of_.insert(std::move(row));
}

void TaskTable::ran(Tid tid, Nanoseconds cpu) {
  if (Live* live = find(tid)) live->task.cpu += cpu;
}

void TaskTable::keep(Task ended) {
  ended_.push_back(std::move(ended));
  if (ended_.size() >= 2 * most_ended) bound();
}

void TaskTable::bound() {
  const auto more = [](const Task& a, const Task& b) {
    return std::tie(a.cpu, a.in_calls) > std::tie(b.cpu, b.in_calls);
  };
  const auto middle = ended_.begin() + most_ended;
  std::nth_element(ended_.begin(), middle, ended_.end(), more);
  for (auto task = middle; task != ended_.end(); ++task) folded_.add(*task);
  folded_count_ += static_cast<uint64_t>(ended_.end() - middle);
  ended_.erase(middle, ended_.end());
}

std::vector<Column> TaskTable::columns() const {
  std::vector<Column> columns{{"cpu", "cpu", 11},    {"elapsed", "elapsed", 11}, {"in-calls", "in calls", 11},
                              {"calls", "calls", 9}, {"errors", "errors", 9},    {"pid", "pid", 7}};
  if (by_ == By::thread) {
    columns.push_back({"tid", "tid", 7});
    columns.push_back({"thread", "thread", 15, Align::left, Width::grows});
  }
  columns.push_back({"command", "command", 16, Align::left, Width::grows});
  return columns;
}

Row TaskTable::cells(const Task& task, std::string_view command) const {
  Row row{Cell::of_seconds(task.cpu), Cell::of_seconds(task.lived),       Cell::of_seconds(task.in_calls),
          Cell::of_count(task.calls), Cell::of_count_if_any(task.errors), {}};
  const auto id = [](int number) { return number ? Cell::of_count(static_cast<uint64_t>(number)) : Cell{}; };
  row.back() = id(task.process);
  if (by_ == By::thread) {
    row.push_back(id(task.id));
    row.push_back(Cell::of_text(task.name));
  }
  row.push_back(Cell::of_text(command));
  return row;
}

void TaskTable::append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) {
  std::vector<Task> living;
  living.reserve(live_.size());
  for (auto& [id, live] : live_) {
    look(live.task, Tid{id});
    living.push_back(live.task);
    living.back().lived = now - live.task.since;
  }
  std::vector<const Task*> tasks;
  Task all = folded_, others = folded_;
  for (const auto* list : {&living, &ended_}) {
    for (const Task& task : *list) {
      tasks.push_back(&task);
      all.add(task);
    }
  }
  std::sort(tasks.begin(), tasks.end(), [](const Task* a, const Task* b) {
    return std::tie(b->cpu, b->in_calls, a->id) < std::tie(a->cpu, a->in_calls, b->id);
  });
  const Cut cut = stats::cut(tasks.size(), top);
  Table made{.name = by_ == By::process ? "processes" : "threads",
             .title = by_ == By::process ? "Processes" : "Threads",
             .columns = columns()};
  for (std::size_t i = 0; i < cut.shown; ++i) made.rows.push_back(cells(*tasks[i], tasks[i]->command));
  for (std::size_t i = cut.shown; i < tasks.size(); ++i) others.add(*tasks[i]);
  made.folded = cut.folded + folded_count_;
  if (made.folded) made.others = cells(others, others_name(made.folded));
  made.total = cells(all, "total");
  to.push_back(std::move(made));
}

void TaskTable::reset(Nanoseconds now) {
  for (auto& [id, live] : live_) {
    Task& task = live.task;
    task.since = now;
    task.cpu = task.in_calls = {};
    task.calls = task.errors = 0;
  }
  ended_.clear();
  folded_ = {};
  folded_count_ = 0;
}

}  // namespace ktrace::stats
