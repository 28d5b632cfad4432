// What the tracer has to know of a call besides its arguments. Its description (syscalls/*.ksd) says it among the
// classes, as one that `-e trace=%class` does not have, whose name is that of the enumerator without `trait_`; ktspec
// makes it a table of the calls that have any. So no number of a call stands in C++.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace ktrace {

enum class Abi : uint8_t;  // ktrace/abi.h, which not every host of ktspec has

enum Trait : uint32_t {
  // What could lead a tracee out of sight, or harm the tracer (tracer/seccomp.h).
  trait_filters = 1u << 0,          // adds a seccomp filter
  trait_may_filter = 1u << 1,       // prctl: if it is for PR_SET_SECCOMP
  trait_may_trace = 1u << 2,        // ptrace: if it is for a request that makes somebody a tracer
  trait_lazy_memory = 1u << 3,      // makes memory that may never come
  trait_may_lazy_memory = 1u << 4,  // ioctl: if it is for the request that does so
  trait_clones = 1u << 5,           // clone: untraced, if its first register says so
  trait_clones3 = 1u << 6,          // clone3: untraced, if the structure behind its first register says so
  // What could observe that the tracee was bound to a CPU (tracer/placement.h).
  trait_births = 1u << 7,      // makes a task, which inherits the mask
  trait_sees_mask = 1u << 8,   // tells the mask, hands it on, or reads from files that it is not worth looking up
  trait_reads_file = 1u << 9,  // reads from its first argument, which may be a file of /proc
  trait_keeps_fds = 1u << 10,  // does nothing of that, and leaves every descriptor what it is
  // Gives EINTR only before it has done anything, so that it may be made again (tracer/restart.h).
  trait_restarts = 1u << 11,
  // Which code is mapped (session/mapping_calls.h). Address and length are its first two arguments.
  trait_maps = 1u << 12,  // at its result
  trait_unmaps = 1u << 13,
  trait_protects = 1u << 14,
  trait_moves = 1u << 15,   // to its result, where it has the length in the third argument
  trait_remaps = 1u << 16,  // anything: its arguments do not tell
};

struct MarkedCall {
  uint32_t number;
  uint32_t traits;  // Trait
};

// The marked calls of each ABI, by number.
struct CallTraits {
  std::array<std::span<const MarkedCall>, 4> calls;

  [[nodiscard]] std::span<const MarkedCall> on(Abi abi) const { return calls[static_cast<unsigned>(abi)]; }
  [[nodiscard]] uint32_t of(Abi abi, uint64_t number) const {
    const auto all = on(abi);
    const auto found = std::ranges::lower_bound(all, number, {}, &MarkedCall::number);
    return found != all.end() && found->number == number ? found->traits : 0;
  }
};

}  // namespace ktrace
