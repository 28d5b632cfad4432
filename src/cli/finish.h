// What can be judged only when all options are known: combinations that do not go together, warnings about options that
// do nothing, defaults that depend on others, the command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/request.h"

namespace ktrace::cli {

// The first error; EINVAL asks for the hint. The order of checks is strace's, as it decides which one a user sees.
std::optional<Error> finish(Request& request, const std::vector<std::string>& command, const base::Log& log);

// "Try 'NAME -h' for more information."
void hint(const base::Log& log);

}  // namespace ktrace::cli
