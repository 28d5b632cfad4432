// Names of signals as strace writes them: SIGINT, and for the real-time ones SIGRTMIN, SIGRT_1 ... SIGRT_32. The
// numbers are those of signal(7) on x86 and ARM.
#pragma once

#include <string_view>

namespace ktrace::base {

// Empty if there is no such signal.
std::string_view signal_name(int number);

}  // namespace ktrace::base
