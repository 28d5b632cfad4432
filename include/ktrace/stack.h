// A stack of a tracee as sinks get it: frames, innermost first, each already looked up in the module it lies in.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ktrace/base/ids.h"

namespace ktrace {

struct Frame {
  Address ip;
  bool mapped = false;          // it lies in a file or the vDSO; false: nothing below is known
  bool deleted = false;         // the file has lost its name
  std::string_view module{};    // path, as in /proc/PID/maps
  std::string_view build_id{};  // hexadecimal digits; empty: none
  std::string_view symbol{};    // demangled; empty: none
  std::string_view file{};      // source; empty: not asked for, or not known
  uint64_t module_address = 0;  // of ip, as an offset in the file
  uint64_t symbol_offset = 0;   // of ip behind the symbol
  unsigned line = 0;
};

struct Stack {
  enum class End : uint8_t {
    complete,  // as far as it could be followed
    limit,     // --stack-trace-frame-limit
  };
  std::span<const Frame* const> frames{};
  End end = End::complete;
  uint64_t id = 0;        // the same for the same frames, from 1 in the order of appearance
  bool at_entry = false;  // taken when its call began, not when it is shown
};

}  // namespace ktrace
