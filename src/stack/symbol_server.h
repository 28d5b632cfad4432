// A process that looks up symbols for ktrace, so that no ELF or DWARF file can do harm to ktrace itself: libdw may
// crash on a hostile one, loop, eat memory, or be hit by SIGBUS when the tracee truncates a file that is mapped. The
// process has limits of time and memory; when it dies, the question is answered with nothing and the next one starts
// another.
//
// It is forked, not started anew, at the first question. It has no descriptor but its socket, so that it keeps no pipe
// open, and ends when ktrace's end of that is closed, also by SIGKILL of ktrace. Who waits for any child of ktrace may
// learn of its death before it is missed here: that is why it is held by a pidfd.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "ktrace/base/unique_fd.h"
#include "stack/symbol_reader.h"

namespace ktrace::stack {

class SymbolServer {
 public:
  using Work = std::function<Answer(const Question&)>;
  struct Limits {
    std::chrono::milliseconds time{10'000};  // for one question
    uint64_t memory = uint64_t{2} << 30;     // that it may want for one question, besides what it has
    unsigned deaths = 8;                     // afterwards it is not started again
  };

  // Once, when a question cannot be answered any more: it has died too often; or, the first time that it could not be
  // started, with the error number of that.
  using GaveUp = std::function<void(int error)>;

  // `work` runs in the other process.
  SymbolServer(Work work, Limits limits, GaveUp gave_up = {})
      : work_(std::move(work)), limits_(limits), gave_up_(std::move(gave_up)) {}

  SymbolServer(const SymbolServer&) = delete;
  SymbolServer& operator=(const SymbolServer&) = delete;
  ~SymbolServer() { stop(); }

  // Nothing: the process died of the question, or could not be started. Not while another answer is due.
  std::optional<Answer> ask(const Question& question);
  // The same in two steps: the process works between them. Answers come in the order of the questions. False, or
  // nothing: it died, and no answer that was due will come.
  bool send(const Question& question);
  std::optional<Answer> receive();

  // Starts it before there is a question.
  void prepare() { static_cast<void>(is_running()); }
  // No question is likely to follow: lets it end while ktrace goes on. What is due is lost.
  void rest() { socket_.reset(); }
  [[nodiscard]] unsigned deaths() const { return deaths_; }

 private:
  bool is_running();
  bool start();
  void stop();
  void bury();

  Work work_;
  Limits limits_;
  GaveUp gave_up_;
  bool told_error_ = false;
  UniqueFd socket_;
  UniqueFd process_;
  unsigned deaths_ = 0;
};

}  // namespace ktrace::stack
