// See writer.h.
#include "output/writer.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/patience.h"

namespace ktrace::output {
namespace {

// Keeps SIGPIPE from this thread for as long as it lives, and swallows one that arose meanwhile. Ignoring the signal
// for good is no choice: a command that we start would inherit that.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    const timespec now{};
    if (raised_ && !was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  void raised() { raised_ = true; }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
  bool raised_ = false;
};

// Returns 0, or the errno of the write that failed.
int write_fully(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
      continue;
    }
    if (errno == EAGAIN) {
      // Somebody else made our descriptor non-blocking (it is shared with other processes): wait for room.
      pollfd room{fd, POLLOUT, 0};
      if (poll(&room, 1, -1) >= 0) continue;
    }
    if (errno != EINTR || base::gives_up_writing()) return errno;
  }
  return 0;
}

}  // namespace

Writer::Writer(int fd, std::string label, const base::Log& log) : fd_(fd), label_(std::move(label)), log_(&log) {
  // SIGPIPE of standard error ends the trace as SIGINT would, which is what `ktrace CMD 2>&1 | head` wants.
  if (label_.empty()) return;
  struct stat what {};
  may_signal_ = fstat(fd, &what) != 0 || S_ISFIFO(what.st_mode) || S_ISSOCK(what.st_mode);
}

void Writer::begin_file(int fd, uint64_t existing) {
  fd_ = fd;
  file_start_ = position() - existing;
}

uint64_t Writer::take_growth() {
  return position() - std::exchange(counted_, position());
}

void Writer::flush() {
  if (buffer_.empty()) return;
  if (!broken_) write_all(buffer_);
  written_ += buffer_.size();
  buffer_.clear();
}

void Writer::write_all(std::string_view text) {
  int error = 0;
  if (may_signal_) {
    NoSigpipe guard;
    error = write_fully(fd_, text);
    if (error == EPIPE) guard.raised();
  } else {
    error = write_fully(fd_, text);
  }
  if (error == 0) return;
  broken_ = true;
  if (!label_.empty() && error != EINTR) log_->say(label_, error);
}

}  // namespace ktrace::output
