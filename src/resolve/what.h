// What -y, -yy, --decode-fds and -Y, --decode-pids ask to be shown of descriptors and processes, and how.
#pragma once

#include <cstdint>

#include "base/quote.h"

namespace ktrace::resolve {

struct DecodeFds {
  bool path = false;    // and the current directory for AT_FDCWD
  bool socket = false;  // TCP:[127.0.0.1:80->127.0.0.1:999]
  bool device = false;  // /dev/null<char 1:3>
  bool eventfd = false;
  bool pidfd = false;
  bool signalfd = false;
  [[nodiscard]] bool any() const { return path || socket || device || eventfd || pidfd || signalfd; }

  base::HexStrings strings_in_hex = base::HexStrings::none;                        // -x, -xx
  enum class Signals : uint8_t { names, numbers, both } signals = Signals::names;  // -X
};

struct DecodePids {
  bool comm = false;
  bool pid_namespace = false;  // and the number in ktrace's own PID namespace
};

}  // namespace ktrace::resolve
