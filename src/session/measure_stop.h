// What a stop costs on this machine if nothing is done with it: the two switches between tracee and tracer, and what
// the tracer has to do to know of it. Measured on a child of ktrace's own that makes calls which do nothing, by the
// same supervisor that will trace; takes a few hundredths of a second.
#pragma once

#include "session/options.h"
#include "tracer/supervisor.h"

namespace ktrace::session {

// Before the supervisor of the trace exists. Zeros if it cannot be measured.
StopCost measure_stop(const tracer::Settings& settings);

// CPU time of this process.
Nanoseconds own_cpu_time();

}  // namespace ktrace::session
