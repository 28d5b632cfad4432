// The whole of a trace: starts and attaches what the options name, and runs until it is over.
#pragma once

#include "session/options.h"

namespace ktrace::session {

// Returns the exit status of ktrace. If the command died of a signal, ktrace dies of the same one in here.
int run(const Options& options);

}  // namespace ktrace::session
