// Tampering with calls: by PTRACE_SET_SYSCALL_INFO and by registers alike, in every ABI of this machine.

#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "counting_observer.h"
#include "spec/traits.h"
#include "tracer/waiter.h"

namespace ktrace::lifecycle {
namespace {

using Level = tracer::Settings::Interruptible;
constexpr uint64_t no_call = ~uint64_t{0};
constexpr uint64_t compat_chdir = 12, compat_getpid = 20;  // of i386 and of arm

// The last word of the path that the call has, if it is one that targets/tampered.c makes.
std::string word_of(const SyscallEntry& entry, tracer::StoppedTracee& token) {
  if (entry.number != (entry.abi == native_abi ? uint64_t{SYS_chdir} : compat_chdir)) return {};
  std::array<char, 32> text{};
  token.memory().read({entry.args[0]}, {reinterpret_cast<uint8_t*>(text.data()), text.size() - 1});
  const std::string path(text.data());
  const std::string prefix = "/nonexistent/";
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string();
}

Outcome failed(int error) {
  return {.value = -error, .is_error = true};
}
Outcome returned(int64_t value) {
  return {.value = value};
}

uint64_t getpid_of(Abi abi) {
  return abi == native_abi ? uint64_t{SYS_getpid} : compat_getpid;
}

// Does to the call what its path says. True: the token was consumed.
bool tamper(const SyscallEntry& entry, tracer::StoppedTracee& token) {
  const std::string word = word_of(entry, token);
  if (word == "error") token.replace_call(no_call, failed(EPERM));
  if (word == "value") token.replace_call(no_call, returned(1234567));
  if (word == "negative") token.replace_call(no_call, returned(-4000));
  if (word == "pure") token.replace_call(getpid_of(entry.abi), returned(42));
  if (word == "signal") token.send_signal(SIGUSR1);
  if (word == "both") {
    token.replace_call(no_call, failed(EIO));
    token.send_signal(SIGUSR1);
  }
  if (word == "poke") {
    const std::vector<uint8_t> root{'/', 0};
    CHECK(token.write({entry.args[0]}, root) == root.size());
  }
  if (word == "held") {
    std::move(token).resume_after(std::chrono::milliseconds(2));
    return true;
  }
  if (native_abi == Abi::x86_64 && entry.abi == Abi::i386 && entry.number == compat_chdir && entry.args[0] == 0)
    token.replace_call(no_call, failed(ENOTTY));
  return false;
}

void run_tampered(std::vector<std::string> words, bool registers_only) {
  CAPTURE(words);
  CAPTURE(registers_only);
  CountingObserver observer([](const StopEvent& event, tracer::StoppedTracee& token) {
    const auto* entry = std::get_if<SyscallEntry>(&event.what);
    return entry && tamper(*entry, token);
  });
  observer.keep_log = true;
  tracer::Supervisor supervisor({.traits = spec::call_traits(),
                                 .follow_forks = true,
                                 .interruptible = Level::never,
                                 .registers_only = registers_only});
  REQUIRE(supervisor.launch(command(std::move(words))));
  CHECK(supervisor.run(observer).main_exit_status == 0);
  CHECK(observer.exits_without_entry == 0);
  CHECK(observer.signals_seen[SIGUSR1] == 6);
  // The exit events tell what the tracee gets, not what the kernel said.
  const auto has = [&](const Outcome& wanted) {
    return std::ranges::count_if(observer.outcomes, [&](const Outcome& outcome) {
      return outcome.value == wanted.value && outcome.is_error == wanted.is_error;
    });
  };
  CHECK(has(failed(EPERM)) == 3);
  CHECK(has(returned(1234567)) == 3);
  CHECK(has(returned(-4000)) == 3);
  CHECK(has(returned(42)) == 3);
}

TEST_CASE("calls are replaced, delayed, signalled and poked") {
  for (const bool registers_only : {false, true}) run_tampered({target("tampered")}, registers_only);
}

#if defined(KTRACE_TEST_M32)
TEST_CASE("the same for 32-bit programs, and for 64-bit ones that call by int $0x80") {
  for (const bool registers_only : {false, true}) {
    run_tampered({target("tampered32")}, registers_only);
    run_tampered({target("tampered"), "int80"}, registers_only);
  }
}
#endif

TEST_CASE("a tracee that is held does not hold up others") {
  constexpr auto delay = std::chrono::milliseconds(300);
  Tid slow;
  Nanoseconds held{}, went_on{};
  int meanwhile = 0;
  CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee& token) {
    if (slow.value != 0 && went_on == Nanoseconds{}) {
      if (event.tid == slow) {
        went_on = event.time;
      } else {
        ++meanwhile;
      }
    }
    const auto* entry = std::get_if<SyscallEntry>(&event.what);
    if (!entry || word_of(*entry, token) != "slow") return false;
    slow = event.tid;
    held = event.time;
    std::move(token).resume_after(delay);
    return true;
  });
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .follow_forks = true, .interruptible = Level::never});
  REQUIRE(supervisor.launch(command({target("tampered"), "pair"})));
  CHECK(supervisor.run(observer).main_exit_status == 0);
  CHECK(went_on - held >= delay);
  CHECK(meanwhile > 5);
}

TEST_CASE("a tracee that is killed while it is held is gone at once") {
  CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee& token) {
    const auto* entry = std::get_if<SyscallEntry>(&event.what);
    if (!entry || word_of(*entry, token) != "error") return false;
    std::move(token).resume_after(std::chrono::hours(1));
    ::kill(event.tid.value, SIGKILL);
    return true;
  });
  tracer::Supervisor supervisor({.traits = spec::call_traits(), .interruptible = Level::never});
  REQUIRE(supervisor.launch(command({target("tampered")})));
  CHECK(supervisor.run(observer).main_signal == SIGKILL);
  CHECK(observer.alive() == 0);
}

// Whoever is let go gets back the call that was to be replaced.
TEST_CASE("a tracee that is held is let go at once when the trace ends, untampered") {
  for (const bool registers_only : {false, true}) {
    for (const bool wait : {false, true}) {
      CAPTURE(registers_only);
      CAPTURE(wait);
      tracer::Supervisor supervisor(
          {.traits = spec::call_traits(), .interruptible = Level::never, .registers_only = registers_only});
      CountingObserver observer([&](const StopEvent& event, tracer::StoppedTracee& token) {
        const auto* entry = std::get_if<SyscallEntry>(&event.what);
        if (!entry || word_of(*entry, token) != "leave") return false;
        token.replace_call(no_call, failed(EPERM));
        if (wait) {
          token.send_signal(SIGTERM);
          std::move(token).resume_after(std::chrono::hours(1));
          supervisor.stop();
        } else {
          std::move(token).detach();
        }
        return true;
      });
      const auto tid = supervisor.launch(command({target("tampered"), "leave"}));
      REQUIRE(tid);
      const Nanoseconds start = tracer::monotonic_now();
      supervisor.run(observer);
      CHECK(tracer::monotonic_now() - start < std::chrono::seconds(20));
      CHECK(observer.detached == 1);
      int status = 0;
      CHECK(::waitpid(tid->value, &status, 0) == tid->value);
      CHECK(status == 0);
    }
  }
}

}  // namespace
}  // namespace ktrace::lifecycle
