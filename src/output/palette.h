// The colours of text (--color): one SGR sequence for each kind of thing in a line, in the order and with the defaults
// of strace 7.2.
#pragma once

#include <string>
#include <string_view>

namespace ktrace::output {

struct Palette {
  std::string syscall = "\33[33m";
  std::string argname = "\33[39m";
  std::string argval = "\33[35m";
  std::string call = "\33[33m";
  std::string constant = "\33[34m";
  std::string comment = "\33[36m";
  std::string punct = "\33[0m";
  std::string retval = "\33[32m";
  std::string error = "\33[31m";

  static constexpr std::string_view off = "\33[0m";

  // `key=SGR:key=SGR...`, as STRACE_COLORS has it; keys that do not exist and values that are no SGR do not count.
  void read(std::string_view settings);
};

// How many bytes of a text are SGR sequences, which take no room on a line.
std::size_t invisible(std::string_view text);

}  // namespace ktrace::output
