#include <doctest/doctest.h>
#include <sys/ptrace.h>

#include <csignal>
#include <initializer_list>

#include "tracer/raw_stop.h"

namespace ktrace::tracer {
namespace {

constexpr int stopped(int signal, int event = 0) {
  return (event << 16) | (signal << 8) | 0x7f;
}

TEST_CASE("an exit status and a death by signal are told apart, with the core flag") {
  CHECK(classify(7 << 8).kind == RawStop::Kind::exited);
  CHECK(classify(7 << 8).value == 7);
  CHECK(classify(SIGKILL).kind == RawStop::Kind::killed);
  CHECK(classify(SIGKILL).value == SIGKILL);
  CHECK(!classify(SIGSEGV).core);
  CHECK(classify(SIGSEGV | 0x80).core);
  CHECK(classify(SIGSEGV | 0x80).is_end());
}

TEST_CASE("a syscall-stop is not the delivery of SIGTRAP") {
  CHECK(classify(stopped(SIGTRAP | 0x80)).kind == RawStop::Kind::syscall);
  CHECK(classify(stopped(SIGTRAP)).kind == RawStop::Kind::signal);
  CHECK(classify(stopped(SIGTRAP)).value == SIGTRAP);
}

TEST_CASE("the delivery of SIGSTOP is not a group-stop") {
  CHECK(classify(stopped(SIGSTOP)).kind == RawStop::Kind::signal);
  for (const int signal : {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU}) {
    const RawStop stop = classify(stopped(signal, PTRACE_EVENT_STOP));
    CHECK(stop.kind == RawStop::Kind::group_stop);
    CHECK(stop.value == signal);
  }
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_STOP)).kind == RawStop::Kind::interrupt);
}

TEST_CASE("every event has its kind") {
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_FORK)).kind == RawStop::Kind::fork);
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_VFORK)).kind == RawStop::Kind::vfork);
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_CLONE)).kind == RawStop::Kind::clone);
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_CLONE)).is_birth());
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_EXEC)).kind == RawStop::Kind::exec);
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_EXIT)).kind == RawStop::Kind::exit);
  CHECK(classify(stopped(SIGTRAP, PTRACE_EVENT_VFORK_DONE)).kind == RawStop::Kind::other);
}

TEST_CASE("realtime signals are delivered like others") {
  CHECK(classify(stopped(64)).kind == RawStop::Kind::signal);
  CHECK(classify(stopped(64)).value == 64);
}

}  // namespace
}  // namespace ktrace::tracer
