// ptrace(2), one typed function per request that ktrace makes. All but seize() need a tracee of the calling thread that
// is stopped (interrupt(): any tracee). ESRCH there means that the tracee was killed meanwhile: `false` or nothing, and
// its end is yet to be waited for. Any other error is a bug of ktrace.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ktrace/base/ids.h"

namespace ktrace::tracer::ptrace {

// errno, 0 if it worked.
int seize(Tid tid, unsigned options);

[[nodiscard]] bool interrupt(Tid tid);
enum class Until : uint8_t { call, event };  // PTRACE_SYSCALL, PTRACE_CONT
[[nodiscard]] bool resume(Tid tid, int signal, Until until = Until::call);
[[nodiscard]] bool listen(Tid tid);
[[nodiscard]] bool detach(Tid tid, int signal);
std::optional<unsigned long> event_message(Tid tid);
std::optional<std::vector<uint8_t>> signal_info(Tid tid);
std::optional<unsigned long> peek(Tid tid, Address address);  // nothing: unreadable, or gone
bool poke(Tid tid, Address address, unsigned long word);      // false: there is no memory, or it is gone

}  // namespace ktrace::tracer::ptrace
