// The seccomp program of a command: lets every call that nobody asked for pass without a stop (seccomp(2), cBPF).
//
// It cannot be taken off again, is inherited by every child, and where it says "tell the tracer" a process without a
// tracer gets ENOSYS. So a process that has it is never let go: the supervisor keeps it, silently (keeping.cpp). What
// could lead out of its sight also stops: clone with CLONE_UNTRACED. What could hide calls from it stops, too: a
// tracee's own filters, after which its calls are watched one by one. And userfaultfd, or reading memory might take for
// ever.
#pragma once

#include <linux/filter.h>

#include <optional>
#include <span>
#include <vector>

#include "ktrace/abi.h"
#include "ktrace/stop.h"
#include "ktrace/traits.h"

namespace ktrace::tracer {

// Numbers that stop, `last` included. Ordered, not overlapping.
struct CallRange {
  uint32_t first = 0;
  uint32_t last = 0;
  bool operator==(const CallRange&) const = default;
};

// Which calls have to stop, for the two ABIs that this kernel runs. x32's always do.
struct WantedCalls {
  std::vector<CallRange> native;
  std::vector<CallRange> compat;
};

// Nothing: the kernel would not take it, it is too long.
std::optional<std::vector<sock_filter>> seccomp_program(const WantedCalls& wanted, const CallTraits& traits);

// What a call at whose entry the filter stopped means for the supervisor, besides what it may mean for the observer.
enum class FilterConcern : uint8_t {
  none,
  own_filter,       // the tracee is about to add a filter of its own
  untraced_child,   // clone with CLONE_UNTRACED in its first argument
  untraced_child3,  // perhaps: clone3, whose flags are the first member of the structure at its first argument
  lazy_memory,      // userfaultfd, or its device: pages of the tracee may never come (memory.h)
  other_tracer,     // ptrace that would make the caller a tracer or a tracee, of which each has one already
};
FilterConcern concern_of(const SyscallEntry& entry, const CallTraits& traits);

}  // namespace ktrace::tracer
