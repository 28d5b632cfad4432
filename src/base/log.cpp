// See log.h.
#include "base/log.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

#include "base/patience.h"
#include "base/quote.h"

namespace ktrace::base {
namespace {

// Partial writes only happen on pipes and terminals that block or break: then there is nothing better than to go on.
void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR && !gives_up_writing()) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

void Log::say(std::string_view text) const {
  std::string line;
  line.reserve(program_.size() + text.size() + 3);
  append_harmless(line, program_);
  line.append(": ");
  append_harmless(line, text);
  line.push_back('\n');
  write_all(STDERR_FILENO, line);
}

void Log::say(std::string_view text, int errno_value) const {
  std::string whole(text);
  whole.append(": ").append(std::strerror(errno_value));
  say(whole);
}

}  // namespace ktrace::base
