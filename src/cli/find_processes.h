// --attach-name: from a pattern to processes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ktrace/base/ids.h"
#include "ktrace/base/result.h"

namespace ktrace::cli {

// Whether a process is meant by a shell pattern (glob(7)). One without blanks and slashes is compared with the name of
// the process (comm, which the kernel cuts after 15 bytes) and with the file name in its argv[0]; one with any of them
// with the whole command line, a blank between words.
bool is_called(const std::string& pattern, const std::string& name, const std::vector<std::string>& command_line);

// All that are running now, in the order of their ids. ktrace itself and what it was started by are left out, as they
// may well have the pattern in their command lines; so are kernel threads and zombies. An error if there is none.
Result<std::vector<Tid>> find_processes(const std::string& pattern);

}  // namespace ktrace::cli
