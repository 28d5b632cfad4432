// --stats=processes and --stats=threads: who made the calls, with the command line.
// Of those that have ended only the ones that ran longest keep a row of their own; the rest are added up in one, so
// that a build with a million processes needs no more memory than one with thousands.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "ktrace/tasks.h"
#include "stats/statistic.h"

namespace ktrace::stats {

class TaskTable final : public Statistic {
 public:
  enum class By : uint8_t { process, thread };
  static constexpr std::size_t most_ended = 4096;

  // `tasks` must outlive it.
  TaskTable(By by, Tasks& tasks, Nanoseconds overhead) : by_(by), tasks_(&tasks), overhead_(overhead) {}

  void call(const Subject& who, const CallState& call) override;
  void added(const Subject& who, Tid parent, Nanoseconds when) override;
  void executed(const Subject& who) override;
  void ending(const Subject& who) override;
  void removed(const Subject& who, Nanoseconds when) override;
  void renamed(const Subject& who, Tid before) override;
  void ran(Tid tid, Nanoseconds cpu) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Task {
    int id = 0;
    int process = 0;
    std::string name{};  // of a thread
    std::string command{};
    Nanoseconds since{};
    Nanoseconds lived{};  // when it has ended
    Nanoseconds cpu{};
    Nanoseconds in_calls{};
    uint64_t calls = 0;
    uint64_t errors = 0;
    void add(const Task& other);
  };
  struct Live {
    Task task;
    std::size_t threads = 0;
  };

  Live* find(Tid tid);
  void look(Task& task, Tid tid);
  void keep(Task ended);
  void bound();
  [[nodiscard]] Row cells(const Task& task, std::string_view command) const;
  [[nodiscard]] std::vector<Column> columns() const;

  By by_;
  Tasks* tasks_;
  Nanoseconds overhead_;
  std::unordered_map<Tid, int> row_of_;  // the id of the row that counts for a thread that lives
  std::unordered_map<int, Live> live_;
  std::vector<Task> ended_;
  Task folded_;
  uint64_t folded_count_ = 0;
  std::string text_;
};

}  // namespace ktrace::stats
