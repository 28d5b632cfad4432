// Regular expressions of -e trace=/REGEX: POSIX extended ones of the C library, as strace has them.
#pragma once

#include <string>
#include <string_view>

#include <regex.h>

namespace ktrace::filter {

class Regex {
 public:
  explicit Regex(const std::string& pattern);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  [[nodiscard]] bool matches(std::string_view name) const;
  [[nodiscard]] std::string problem() const;  // regerror(3)'s words; empty: none

 private:
  regex_t regex_{};
  int status_;
};

}  // namespace ktrace::filter
