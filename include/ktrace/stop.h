// What a stop of a tracee means: a raw wait status, together with PTRACE_GET_SYSCALL_INFO, made into one typed value
// once (ptrace(2), "Stopped states"). Everything later works on these.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>

#include "ktrace/abi.h"
#include "ktrace/base/ids.h"
#include "ktrace/call.h"

namespace ktrace {

struct SyscallEntry {
  Abi abi = native_abi;
  uint64_t number = 0;
  std::array<uint64_t, 6> args{};
  Address ip;
  Address sp;
};

struct SyscallExit {
  Outcome outcome;
  Address ip;
};

struct SignalDelivery {
  int signal = 0;  // siginfo: StoppedTracee::siginfo()
};

struct GroupStop {
  int signal = 0;
};

struct NewChild {
  enum class By : uint8_t { fork, vfork, clone };
  Tid child;
  By by = By::fork;
};

// After a successful execve: the thread now has the tid of its thread group's leader; `former` is the tid it had.
struct Exec {
  Tid former;
};

// First stop of a tracee that is new to us: attached, launched, or born from another tracee.
struct Started {
  Tid parent;  // 0: attached or launched
  bool attached = false;
};

// The thread is about to die (PTRACE_EVENT_EXIT) and can still be looked at. A call in flight will never return: `= ?`.
// Its end follows, much later for the leader of a process whose other threads live on. Not all ends are foretold.
struct Exiting {};

using StopKind = std::variant<SyscallEntry, SyscallExit, SignalDelivery, GroupStop, NewChild, Exec, Started, Exiting>;

// Ends: the tracee is gone, nothing can be asked of it any more.
struct Exited {
  int status = 0;
};
struct Killed {
  int signal = 0;
  bool core = false;
};
// Its leader or a sibling called execve and this thread vanished without a status of its own (ptrace(2), "execve(2)
// under ptrace").
struct Superseded {
  Tid by;                     // the thread that called execve
  std::optional<Address> ip;  // where that is now: at the start of the new program
};

// We let go of it (ktrace ends, -b execve): it runs on untraced. Comes once per thread, after PTRACE_DETACH.
struct Detached {};

using EndKind = std::variant<Exited, Killed, Superseded, Detached>;

}  // namespace ktrace
