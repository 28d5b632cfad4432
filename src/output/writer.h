// A buffer in front of a file descriptor. Text is appended to buffer() and goes out in few, large writes; what the
// reader of the trace does (a full disk, a pipe nobody reads) is reported once and never becomes a signal or an error
// of the traced program. Only when standard error has no reader any more ktrace gets its SIGPIPE: `ktrace CMD 2>&1 |
// head`.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::output {

class Writer {
 public:
  static constexpr std::size_t enough = std::size_t{64} << 10;

  // `fd` is written to but stays the caller's; `label` names it in messages and may be empty (standard error): no
  // messages, and SIGPIPE is not kept back.
  Writer(int fd, std::string label, const base::Log& log);

  std::string& buffer() { return buffer_; }
  [[nodiscard]] bool empty() const { return buffer_.empty(); }
  [[nodiscard]] bool is_full() const { return buffer_.size() >= enough; }
  // How many bytes were ever appended: grows by appending, stays when the buffer is written.
  [[nodiscard]] uint64_t position() const { return written_ + buffer_.size(); }

  // Where the file of now begins among these bytes; `existing` are in it already. Text goes to `fd` from here on.
  void begin_file(int fd, uint64_t existing);
  [[nodiscard]] uint64_t bytes_in_file() const { return position() - file_start_; }
  // How much position() has grown since the last call.
  uint64_t take_growth();
  [[nodiscard]] const std::string& label() const { return label_; }

  // Writes all that is in the buffer. After a failure everything is dropped.
  void flush();
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool broken() const { return broken_; }
  void give_up() { broken_ = true; }

 private:
  void write_all(std::string_view text);

  int fd_;
  std::string label_;
  const base::Log* log_;
  std::string buffer_;
  uint64_t written_ = 0;
  uint64_t file_start_ = 0;  // modulo 2^64: before 0 if the file held something
  uint64_t counted_ = 0;     // for take_growth()
  bool may_signal_ = false;  // a pipe or socket: writing may raise SIGPIPE
  bool broken_ = false;
};

}  // namespace ktrace::output
