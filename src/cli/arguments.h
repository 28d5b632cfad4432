// The command line as getopt_long(3) reads it, which is how strace does: clusters of letters, unambiguous prefixes of
// long names, arguments apart or attached, a stop at the first word that is no option. The result is one exact token
// for each option, in order.
#pragma once

#include <string>
#include <vector>

namespace ktrace::cli {

struct Arguments {
  // `-f`, `--summary`, `-aVALUE`, `--columns=VALUE`; with an empty value two tokens, the second empty. Names are
  // complete, optional arguments filled in.
  std::vector<std::string> tokens;
  int command = 0;      // index of the first argument that is no option
  std::string wrong;    // the word at which it failed
  bool failed = false;  // an option is unknown, ambiguous, or lacks its argument; reading stopped there
};

// With `report` the failure is told on standard error, in the words of the C library.
enum class Report : uint8_t { no, yes };
Arguments read_arguments(int argc, char** argv, Report report);

}  // namespace ktrace::cli
