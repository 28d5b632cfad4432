// Where a trace is written: standard error, a file, the standard input of a shell command, or a file for each tracee
// (-o, -A, -ff). Owns the descriptors and decides when buffers are written: text on standard error is seen at once, so
// that it keeps its order with what the traced program prints there; elsewhere after 100 ms or 64 KiB.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "ktrace/base/ids.h"
#include "ktrace/base/result.h"
#include "ktrace/base/unique_fd.h"
#include "output/open_file.h"
#include "output/writer.h"

namespace ktrace::output {

struct Target {
  enum class Kind : uint8_t { standard_error, file, pipe } kind = Kind::standard_error;
  std::string name{};     // file: its path; pipe: the shell command
  bool append = false;    // -A
  char mark = '|';        // pipe: what stood before the command
  bool separate = false;  // a file NAME.TID for each tracee (kind is file)
  bool wary = false;      // the tracees are another user's (-u): see open_file.h
  // --max-output: of all together; with --rotate=N of each file, which then becomes NAME.1, that NAME.2, up to NAME.N.
  std::optional<uint64_t> most_bytes{};
  unsigned rotate = 0;
};

class Destination {
 public:
  // Opens the target (with `separate`: nothing yet). The log must outlive the destination.
  static Result<std::unique_ptr<Destination>> open(const Target& target, const base::Log& log);
  ~Destination();
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  [[nodiscard]] bool separate() const { return target_.separate; }
  [[nodiscard]] bool immediate() const { return target_.kind == Target::Kind::standard_error; }

  // A tracee's writer, for somebody who is about to append; the same for all unless `separate`. Stays valid until
  // remove() of that tracee.
  Writer& writer(Tid tid);
  // With `separate`: creates the tracee's file, or writes and closes it.
  void add(Tid tid);
  void remove(Tid tid);

  // To be called when a piece of a line that can be written is complete: what goes where the tracee may write as well
  // has to be there before the tracee goes on,
  void line_done(Writer& writer) {
    if (immediate() || writer.is_full()) writer.flush();
  }
  // and when a line is, so that the next one may begin another file.
  void line_ended(Writer& writer) {
    line_done(writer);
    if (target_.most_bytes) measure(writer);
  }
  // Called before text that belongs to no line is put among the lines: whoever has an open one ends it.
  void on_interruption(std::function<void()> end_line) { end_line_ = std::move(end_line); }
  void interrupt() {
    if (end_line_) end_line_();
  }
  // Empties the file, so that what is written next stands at its start. False: it is none that can be written anew.
  bool restart();
  // Called with the writer of each file that takes the place of one that was full: headers are written there.
  void on_next_file(std::function<void(Writer&)> write_header) { write_header_ = std::move(write_header); }
  // --max-output is reached, and there are no other files to go on with.
  [[nodiscard]] bool is_full() const {
    return target_.most_bytes && target_.rotate == 0 && total_ >= *target_.most_bytes;
  }

  void flush();
  std::optional<Nanoseconds> on_idle(Nanoseconds now);
  // Nothing that comes will reach its reader.
  [[nodiscard]] bool broken() const;
  // Where all text goes; -1 if each tracee has a file.
  [[nodiscard]] int fd() const;
  // Writes everything; waits for the shell command to read and end.
  void close();

 private:
  struct File {
    UniqueFd fd;
    Writer writer;
  };

  Destination(Target target, const base::Log& log) : target_(std::move(target)), log_(&log) {}
  [[nodiscard]] HowToOpen how_to_open(bool append) const { return {.append = append, .wary = target_.wary}; }
  Result<void> open_shared();
  Result<void> begin_file(File& file) const;
  void measure(Writer& writer);
  void rotate(Writer& writer);
  File* create(Tid tid, bool append);

  Target target_;
  const base::Log* log_;
  std::optional<File> shared_;
  pid_t command_ = 0;     // the shell of a pipe
  UniqueFd command_end_;  // pidfd_open(2)
  std::unordered_map<Tid, std::unique_ptr<File>> files_;
  std::function<void(Writer&)> write_header_;
  std::function<void()> end_line_;
  uint64_t total_ = 0;              // bytes of complete lines, with most_bytes
  bool failed_ = false;             // a tracee's file could not be opened
  bool touched_ = false;            // a writer was asked for since the last flush
  std::optional<Nanoseconds> due_;  // when the oldest text in a buffer has to be written
};

}  // namespace ktrace::output
