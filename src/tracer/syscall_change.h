// Changes what a tracee in a syscall-stop is doing: another call at entry, another result at exit.
//
// PTRACE_SET_SYSCALL_INFO (Linux 6.16) does it alike on every architecture and for every ABI. Older kernels lack it;
// there the registers are changed, which differ.
#pragma once

#include "ktrace/base/ids.h"
#include "ktrace/call.h"
#include "ktrace/stop.h"

namespace ktrace::tracer {

class SyscallChanger {
 public:
  explicit SyscallChanger(bool registers_only) : registers_only_(registers_only) {}

  // At an entry stop; ~0: no call. The arguments stay. False: the tracee is gone.
  bool set_number(Tid tid, uint64_t number);
  // At an exit stop.
  bool set_result(Tid tid, const Outcome& result);

 private:
  bool registers_only_;
};

}  // namespace ktrace::tracer
