// What has to be known of the command before it can be started: as whom it runs, with which environment.
#pragma once

#include <string>
#include <vector>

#include "ktrace/base/result.h"
#include "tracer/supervisor.h"

namespace ktrace::cli {

// USER: a name, with its groups; or UID:GID, numbers that are not looked up, without other groups.
Result<tracer::Launch::User> find_user(const std::string& user);

// ktrace's environment with the edits of -E done in order: `VAR=VALUE` sets, `VAR` removes.
std::vector<std::string> edited_environment(const std::vector<std::string>& edits);

}  // namespace ktrace::cli
