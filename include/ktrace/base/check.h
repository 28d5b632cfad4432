// Broken invariants. KT_CHECK stays on in release builds: it says what is wrong, detaches every tracee through the
// handler that the session installed, and aborts.
#pragma once

#include <string_view>

namespace ktrace {

// Called once before abort; must be async-signal-safe enough to run anywhere. nullptr: none.
void set_check_handler(void (*handler)());

[[noreturn]] void check_failed(const char* file, int line, const char* condition, std::string_view note);

}  // namespace ktrace

#define KT_CHECK(condition, note)                                                   \
  do {                                                                              \
    if (!(condition)) ::ktrace::check_failed(__FILE__, __LINE__, #condition, note); \
  } while (false)
