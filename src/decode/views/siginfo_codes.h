// Names of si_code (sigaction(2), asm-generic/siginfo.h): a few are common to all signals, the others belong to one.
#pragma once

#include <cstdint>
#include <string_view>

namespace ktrace::decode::views {

// Empty if it has no name.
std::string_view siginfo_code_name(int signal, int code);

}  // namespace ktrace::decode::views
