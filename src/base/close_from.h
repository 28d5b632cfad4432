// Closes all descriptors from one on, in a process that was just forked. Linux before 5.9 and some sandboxes have no
// close_range(2); a pipe that stays open there is never at its end.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace ktrace::base {

inline void close_from(int first) {
  if (::close_range(static_cast<unsigned>(first), ~0U, 0) == 0) return;
  constexpr rlim_t most = 65536;  // nobody has more open who then forks us
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  for (int fd = first; fd < static_cast<int>(std::min(limit.rlim_cur, most)); ++fd) ::close(fd);
}

}  // namespace ktrace::base
