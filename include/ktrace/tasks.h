// What statistics may ask about threads: how long they ran, and what program they are. Implemented by src/resolve
// (procfs) and by tests.
#pragma once

#include <optional>
#include <string>

#include "ktrace/base/ids.h"

namespace ktrace {

class Tasks {
 public:
  virtual ~Tasks() = default;

  // CPU time of the thread so far, in the program and in the kernel; exact if it is stopped. Nothing: it is gone, or
  // the kernel does not tell.
  virtual std::optional<Nanoseconds> cpu_time(Tid tid) = 0;
  // The words of its command line with blanks between them; for a thread without one (of the kernel) its name. As the
  // program has it, not escaped, and cut at a few hundred bytes. Empty: it is gone.
  virtual void command_line(Tid tid, std::string& out) = 0;
  // The name of the thread.
  virtual void name(Tid tid, std::string& out) = 0;
};

}  // namespace ktrace
