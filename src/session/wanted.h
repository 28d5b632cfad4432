// Which calls the options need to stop at: those that a seccomp filter (tracer/seccomp.h) must not let pass.
#pragma once

#include <optional>

#include "session/options.h"
#include "tracer/seccomp.h"

namespace ktrace::session {

// Nothing: all of them.
std::optional<tracer::WantedCalls> wanted_calls(const Options& options);

}  // namespace ktrace::session
