// What /proc tells of processes: for looking them up by name, for finding descendants, and for saying why one of them
// could not be attached. All of it may be out of date when it is read; nothing here decides what is traced alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ktrace/base/ids.h"

namespace ktrace::tracer {

// What follows `name`, which ends with a colon, at the start of a line of /proc/TID/status. Empty: there is no such
// line.
const char* status_field(const std::string& status, const char* name);

// /proc/PID/stat
struct ProcessInfo {
  Tgid id;
  Tgid parent;
  Tgid session;
  char state = '?';
  bool kernel_thread = false;
  std::string name;  // comm: at most 15 bytes
};

std::optional<ProcessInfo> read_process(Tgid id);
// Whether a thread cannot come to a stop now: it is in the kernel where no signal reaches it (state D), or it has died.
// Of a leader that has died nothing is told (state Z) for as long as other threads of the process live.
enum class Stuck : uint8_t { no, hanging, dead };
Stuck read_stuck(Tid tid);
std::vector<ProcessInfo> all_processes();
// Also threads that have ended, if they are leaders.
std::vector<Tid> list_threads(Tgid id);
// Whether it has a descriptor by which pages are filled in, its own or of others: userfaultfd(2).
bool has_userfaultfd(Tgid id);

// The words of /proc/PID/cmdline. Empty: a kernel thread, a zombie, or gone.
std::vector<std::string> read_command_line(Tgid id);

// /proc/TID/status: who a thread is to the kernel. For `self` what ktrace itself is.
struct Credentials {
  struct Ids {
    uint32_t real = 0, effective = 0, saved = 0;
  };
  Ids user, group;
  uint64_t permitted = 0, effective = 0;  // capabilities
  Tid tracer{};                           // 0: none, or none in this PID namespace
  int seccomp = 0;                        // mode: 2 for a filter
};

std::optional<Credentials> read_credentials(Tid tid);

}  // namespace ktrace::tracer
