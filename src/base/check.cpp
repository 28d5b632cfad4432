#include "ktrace/base/check.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace ktrace {
namespace {
std::atomic<void (*)()> check_handler = nullptr;
}

void set_check_handler(void (*handler)()) {
  check_handler = handler;
}

void check_failed(const char* file, int line, const char* condition, std::string_view note) {
  std::fprintf(stderr, "ktrace: internal error at %s:%d: %s (%.*s)\n", file, line, condition,
               static_cast<int>(note.size()), note.data());
  if (auto* handler = check_handler.exchange(nullptr)) handler();
  std::abort();
}

}  // namespace ktrace
