// Tasks of live threads, from procfs.
#pragma once

#include "ktrace/tasks.h"

namespace ktrace::resolve {

class LiveTasks final : public Tasks {
 public:
  std::optional<Nanoseconds> cpu_time(Tid tid) override;
  void command_line(Tid tid, std::string& out) override;
  void name(Tid tid, std::string& out) override;
};

}  // namespace ktrace::resolve
