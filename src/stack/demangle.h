// Names as their authors wrote them: C++ (Itanium ABI), Rust (legacy and v0), by GNU's libiberty as in strace.
// Not for untrusted names in ktrace itself: a short name may stand for a text without end. symbol_server.h bounds it.
#pragma once

#include <string>
#include <string_view>

namespace ktrace::stack {

// False: it is as it was written. (Also what g++ calls the functions that run before main and after it.)
constexpr bool may_be_mangled(std::string_view name) {
  return name.starts_with("_Z") || name.starts_with("_R") || name.starts_with("_GLOBAL_");
}

// Empty: the name is not a mangled one, or what it stands for is too long to show.
std::string demangle(const char* name);

}  // namespace ktrace::stack
