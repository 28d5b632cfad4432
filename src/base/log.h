// Messages of ktrace itself, as strace writes them: `NAME: text` on standard error, where NAME is how it was called. A
// line goes out with one write(2), so that lines of the tracee and of other tracers do not cut it in two. What a
// message is about may be named by anybody: no control characters go out.
#pragma once

#include <string>
#include <string_view>

namespace ktrace::base {

class Log {
 public:
  explicit Log(std::string_view program) : program_(program) {}

  // `NAME: text`
  void say(std::string_view text) const;
  // `NAME: text: No such file or directory`
  void say(std::string_view text, int errno_value) const;

  [[nodiscard]] const std::string& program() const { return program_; }

 private:
  std::string program_;
};

}  // namespace ktrace::base
