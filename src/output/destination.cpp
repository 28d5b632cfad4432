// See destination.h.
#include "output/destination.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/patience.h"

namespace ktrace::output {
namespace {

constexpr Nanoseconds patience = std::chrono::milliseconds(100);

// Starts `sh -c COMMAND` as the caller, with default signals, reading from a pipe. Returns the end to write to.
Result<UniqueFd> start_command(const std::string& command, pid_t& pid) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error{errno, fmt::format("pipe: {}", std::strerror(errno))};
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, reader.get(), STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  // Ids that are the same need not be set, and cannot be where the user namespace has no name for them.
  const bool is_caller = geteuid() == getuid() && getegid() == getgid();
  const int reset_ids = is_caller ? 0 : POSIX_SPAWN_RESETIDS;
  posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | reset_ids));
  const char* const argv[] = {"sh", "-c", command.c_str(), nullptr};
  const int error = posix_spawn(&pid, "/bin/sh", &actions, &attributes, const_cast<char* const*>(argv), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Error{error, fmt::format("Can't run '{}': {}", command, std::strerror(error))};
  return writer;
}

}  // namespace

Result<std::unique_ptr<Destination>> Destination::open(const Target& target, const base::Log& log) {
  std::unique_ptr<Destination> made(new Destination(target, log));
  if (!target.separate)
    if (auto opened = made->open_shared(); !opened) return opened.error();
  return made;
}

Result<void> Destination::open_shared() {
  switch (target_.kind) {
    case Target::Kind::standard_error: shared_.emplace(File{UniqueFd(), Writer(STDERR_FILENO, "", *log_)}); return {};
    case Target::Kind::file: {
      UniqueFd fd = KT_TRY(open_file(target_.name, how_to_open(target_.append)));
      Writer writer(fd.get(), target_.name, *log_);
      shared_.emplace(File{std::move(fd), std::move(writer)});
      return begin_file(*shared_);
    }
    case Target::Kind::pipe: {
      UniqueFd fd = KT_TRY(start_command(target_.name, command_));
      command_end_.reset(static_cast<int>(syscall(SYS_pidfd_open, command_, 0)));
      Writer writer(fd.get(), target_.mark + target_.name, *log_);
      shared_.emplace(File{std::move(fd), std::move(writer)});
      return {};
    }
  }
  return {};
}

Destination::~Destination() {
  close();
}

Destination::File* Destination::create(Tid tid, bool append) {
  const std::string path = fmt::format("{}.{}", target_.name, tid.value);
  // A file that cannot be opened swallows its text, after its one message; then the trace is over.
  UniqueFd fd;
  std::string label;
  if (auto opened = open_file(path, how_to_open(append))) {
    fd = std::move(opened).value();
    label = path;
  } else {
    if (!failed_) log_->say(opened.error().what);
    failed_ = true;
  }
  Writer writer(fd.get(), std::move(label), *log_);
  auto& slot = files_[tid];
  slot = std::make_unique<File>(File{std::move(fd), std::move(writer)});
  if (slot->fd.get() >= 0) {
    if (auto begun = begin_file(*slot); !begun) {
      if (!failed_) log_->say(begun.error().what);
      slot->writer.give_up();
      failed_ = true;
    }
  }
  return slot.get();
}

// What is in a new or appended file counts, and only plain files can be renamed: a device keeps its name.
Result<void> Destination::begin_file(File& file) const {
  if (target_.rotate == 0) return {};
  struct stat status {};
  if (fstat(file.fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
    return Error{0, fmt::format("--rotate needs a regular file, and '{}' is none", file.writer.label())};
  file.writer.begin_file(file.fd.get(), static_cast<uint64_t>(status.st_size));
  return {};
}

void Destination::measure(Writer& writer) {
  total_ += writer.take_growth();
  if (target_.rotate != 0 && writer.bytes_in_file() >= *target_.most_bytes && !writer.broken()) rotate(writer);
}

// NAME becomes NAME.1, that NAME.2 and so on; the oldest goes.
void Destination::rotate(Writer& writer) {
  File* file = shared_ ? &*shared_ : nullptr;
  for (auto& [tid, candidate] : files_) {
    if (&candidate->writer == &writer) file = candidate.get();
  }
  if (!file) return;
  writer.flush();
  const AsCaller caller;
  const std::string& name = writer.label();
  for (unsigned i = target_.rotate; i > 0; --i) {
    const std::string from = i == 1 ? name : fmt::format("{}.{}", name, i - 1);
    if (rename(from.c_str(), fmt::format("{}.{}", name, i).c_str()) == 0 || (errno == ENOENT && i > 1)) continue;
    log_->say(fmt::format("Can't rename '{}'", from), errno);
    return writer.give_up();
  }
  auto opened = open_file(name, how_to_open(false));
  if (!opened) {
    log_->say(opened.error().what);
    return writer.give_up();
  }
  file->fd = std::move(opened).value();
  writer.begin_file(file->fd.get(), 0);
  if (write_header_) write_header_(writer);
}

bool Destination::restart() {
  if (!shared_ || shared_->writer.broken()) return false;
  const int fd = shared_->fd.get();
  struct stat status {};
  if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  shared_->writer.flush();
  return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

Writer& Destination::writer(Tid tid) {
  touched_ = true;
  if (shared_) return shared_->writer;
  const auto found = files_.find(tid);
  // Not there: it ended, and an execve of another thread took over its id. Its file goes on.
  return found != files_.end() ? found->second->writer : create(tid, true)->writer;
}

void Destination::add(Tid tid) {
  if (target_.separate && !files_.contains(tid)) create(tid, target_.append);
}

void Destination::remove(Tid tid) {
  const auto found = files_.find(tid);
  if (found == files_.end()) return;
  found->second->writer.flush();
  files_.erase(found);
}

void Destination::flush() {
  if (shared_) shared_->writer.flush();
  for (auto& [tid, file] : files_) file->writer.flush();
  touched_ = false;
  due_.reset();
}

std::optional<Nanoseconds> Destination::on_idle(Nanoseconds now) {
  if (immediate()) {
    flush();
    return {};
  }
  if (due_ && *due_ <= now) flush();
  if (due_) return *due_ - now;
  if (!touched_) return {};
  due_ = now + patience;
  return patience;
}

int Destination::fd() const {
  return shared_ ? shared_->writer.fd() : -1;
}

bool Destination::broken() const {
  return failed_ || (shared_ && shared_->writer.broken());
}

void Destination::close() {
  flush();
  shared_.reset();
  files_.clear();
  if (command_ == 0) return;
  // It may not be this process that started it (session/session.cpp); then only this tells of its end.
  pollfd end{command_end_.get(), POLLIN, 0};
  while (end.fd >= 0 && !base::gives_up_writing() && poll(&end, 1, -1) < 0 && errno == EINTR) {
  }
  // The supervisor waits for any child and may have reaped it already.
  while (!base::gives_up_writing() && waitpid(command_, nullptr, 0) < 0 && errno == EINTR) {
  }
  command_ = 0;
}

}  // namespace ktrace::output
