// The version of ktrace, from CMakeLists.txt's project().
#pragma once

#include <string_view>

namespace ktrace::base {

inline constexpr std::string_view version = KTRACE_VERSION;

}  // namespace ktrace::base
