// Starts the command so that its trace begins with the execve call at its entry, as with strace.
//
// The child sets itself up and then waits in a read of a pipe. There it is seized and stopped; from the moment the
// parent writes to the pipe, every syscall-stop is seen, and the supervisor shows none before the execve. The child
// says itself why a set-up step or the execve failed, and exits with 1: what it inherited tells the same as strace's.
#pragma once

#include "ktrace/base/ids.h"
#include "ktrace/base/result.h"
#include "ktrace/base/unique_fd.h"
#include "tracer/signals.h"
#include "tracer/supervisor.h"

namespace ktrace::tracer {

struct StartedChild {
  Tid tid;
  UniqueFd go;  // a byte written here lets the child go on; closing it unwritten makes it exit
};

// Forks. With `daemonize` the caller becomes the command and the tracer returns from here in a grandchild of it.
Result<StartedChild> start(const Launch& what, const Signals& signals);

}  // namespace ktrace::tracer
