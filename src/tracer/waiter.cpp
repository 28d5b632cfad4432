#include "tracer/waiter.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <ctime>

#include "ktrace/base/check.h"

namespace ktrace::tracer {

Nanoseconds monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

std::optional<WaitStatus> KernelWait::wait(Mode mode, Failure& failure) {
  int status = 0;
  const int options = __WALL | (mode == Mode::poll ? WNOHANG : 0);
  rusage usage{};
  const pid_t pid = ::wait4(-1, &status, options, with_cpu_times_ ? &usage : nullptr);
  if (pid > 0) {
    const Nanoseconds system =
        std::chrono::seconds(usage.ru_stime.tv_sec) + std::chrono::microseconds(usage.ru_stime.tv_usec);
    return WaitStatus{.tid = {pid}, .status = status, .time = monotonic_now(), .system_time = system};
  }
  if (pid == 0) {
    failure = Failure::nothing_yet;
  } else {
    KT_CHECK(errno == EINTR || errno == ECHILD, "wait4 failed");
    failure = errno == EINTR ? Failure::interrupted : Failure::no_children;
  }
  return std::nullopt;
}

Waiter::Outcome Waiter::wait(bool several) {
  WaitSource::Failure failure{};
  auto status = source_.wait(WaitSource::Mode::block, failure);
  if (!status) {
    return failure == WaitSource::Failure::no_children ? Outcome::no_children : Outcome::interrupted;
  }
  while (status) {
    taken_.push_back(*status);
    if (!several) break;
    status = source_.wait(WaitSource::Mode::poll, failure);
  }
  return Outcome::ready;
}

std::optional<WaitStatus> Waiter::next() {
  if (served_ == taken_.size()) {
    taken_.clear();
    served_ = 0;
    return std::nullopt;
  }
  return taken_[served_++];
}

}  // namespace ktrace::tracer
