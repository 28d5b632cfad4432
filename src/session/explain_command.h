// Why a command could not be found or executed, and what may have been meant. strace's message stands before these
// lines, which come without a program's name; an empty list: there is nothing to add to it.
#pragma once

#include <string>
#include <vector>

namespace ktrace::session {

// No directory of `search` (PATH; nullptr: not set) has an executable file of this name, which has no slash.
std::vector<std::string> explain_not_found(const std::string& name, const char* search);

// A path with a slash that stat(2) refused.
std::vector<std::string> explain_no_file(const std::string& path, int error);

// execve(2) refused what is there.
std::vector<std::string> explain_not_executed(const std::string& path, int error);

}  // namespace ktrace::session
