// Programs: where they are.
#pragma once

#include <string>

#include "ktrace/base/result.h"

namespace ktrace::base {

// The path of a program: `name` itself if it has a slash, else searched in ktrace's own PATH. No shell is asked. The
// error is strace's message.
Result<std::string> find_program(const std::string& name);

}  // namespace ktrace::base
