// The command line: from argv to what a session works from.
#pragma once

#include <variant>

#include "session/options.h"

namespace ktrace::cli {

struct ExitStatus {
  int value = 0;
};

// Says on standard error what is wrong, as strace does; then, and after -h and -V, there is nothing to run.
std::variant<session::Options, ExitStatus> parse(int argc, char** argv);

}  // namespace ktrace::cli
