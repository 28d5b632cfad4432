// What a tracee in a syscall-stop is doing: entering or leaving, in which ABI, with which arguments or result.
//
// PTRACE_GET_SYSCALL_INFO (Linux 5.3) answers all of it at once, also for `int $0x80` from 64-bit code. Older kernels
// and some sandboxes lack it; registers tell the same less surely (SyscallReader::from_registers says how).
#pragma once

#include <optional>
#include <variant>

#include "ktrace/base/ids.h"
#include "ktrace/stop.h"

namespace ktrace::tracer {

using SyscallStop = std::variant<SyscallEntry, SyscallExit>;

class SyscallReader {
 public:
  explicit SyscallReader(bool registers_only) : registers_only_(registers_only) {}

  // `in_call`: the last syscall-stop of this tracee was an entry. Only the fallback looks at it.
  // Nothing: the tracee is gone.
  std::optional<SyscallStop> read(Tid tid, bool in_call);

 private:
  std::optional<SyscallStop> from_registers(Tid tid, bool in_call);

  bool registers_only_;
};

}  // namespace ktrace::tracer
