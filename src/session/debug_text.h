// What -d tells: each event of a tracee as the session gets it.
#pragma once

#include <string>

#include "ktrace/event.h"

namespace ktrace::session {

std::string describe(const StopEvent& event);
std::string describe(const EndEvent& event);

}  // namespace ktrace::session
