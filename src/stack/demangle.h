// Names as their authors wrote them: C++ (Itanium ABI), Rust (legacy and v0), by GNU's libiberty as in strace.
// Not for untrusted names in ktrace itself: a short name may stand for a text without end. symbol_server.h bounds it.
#pragma once

#include <string>

namespace ktrace::stack {

// Empty: the name is not a mangled one, or what it stands for is too long to show.
std::string demangle(const char* name);

}  // namespace ktrace::stack
