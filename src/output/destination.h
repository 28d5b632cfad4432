// Where a trace is written: standard error, a file, the standard input of a shell command, or a file for each tracee
// (-o, -A, -ff). Owns the descriptors and decides when buffers are written: text on standard error is seen at once, so
// that it keeps its order with what the traced program prints there; elsewhere after 100 ms or 64 KiB.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "ktrace/base/ids.h"
#include "ktrace/base/result.h"
#include "ktrace/base/unique_fd.h"
#include "output/writer.h"

namespace ktrace::output {

struct Target {
  enum class Kind : uint8_t { standard_error, file, pipe } kind = Kind::standard_error;
  std::string name{};     // file: its path; pipe: the shell command
  bool append = false;    // -A
  bool separate = false;  // a file NAME.TID for each tracee (kind is file)
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

  // To be called when a line is complete.
  void line_done(Writer& writer) {
    if (writer.is_full()) writer.flush();
  }

  void flush();
  std::optional<Nanoseconds> on_idle(Nanoseconds now);
  // Nothing that comes will reach its reader.
  [[nodiscard]] bool broken() const;
  // Writes everything; waits for the shell command to read and end.
  void close();

 private:
  struct File {
    UniqueFd fd;
    Writer writer;
  };

  Destination(Target target, const base::Log& log) : target_(std::move(target)), log_(&log) {}
  Result<void> open_shared();
  File* create(Tid tid, bool append);

  Target target_;
  const base::Log* log_;
  std::optional<File> shared_;
  pid_t command_ = 0;  // the shell of a pipe
  std::unordered_map<Tid, std::unique_ptr<File>> files_;
  bool touched_ = false;            // a writer was asked for since the last flush
  std::optional<Nanoseconds> due_;  // when the oldest text in a buffer has to be written
};

}  // namespace ktrace::output
