// What the supervisor tells the session: a stop of a live tracee (comes with a StoppedTracee token) or its end.
#pragma once

#include "ktrace/base/ids.h"
#include "ktrace/stop.h"

namespace ktrace {

struct StopEvent {
  Tid tid;
  Tgid tgid;
  Nanoseconds time;         // CLOCK_MONOTONIC, read as close to the wait as possible
  Nanoseconds system_time;  // CPU time in the kernel so far (ru_stime of wait4); 0 unless Settings::cpu_times
  StopKind what;
};

struct EndEvent {
  Tid tid;
  Tgid tgid;
  Nanoseconds time;
  EndKind what;
};

}  // namespace ktrace
