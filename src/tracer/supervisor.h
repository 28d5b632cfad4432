// Starts, attaches and follows tracees with PTRACE_SEIZE (ptrace(2)), turns every wait status into one typed event and
// hands it to an Observer together with the only right to touch the stopped tracee: a StoppedTracee.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrace/base/result.h"
#include "ktrace/event.h"
#include "ktrace/memory.h"
#include "ktrace/registers.h"
#include "ktrace/traits.h"
#include "tracer/seccomp.h"

namespace ktrace::tracer {

class Supervisor;

// A tracee that is stopped now. Move-only; resume() and detach() consume it. ESRCH on any of them means that the tracee
// was killed meanwhile: the calls then say "nothing" and its end follows as an EndEvent.
class [[nodiscard]] StoppedTracee {
 public:
  StoppedTracee(StoppedTracee&&) noexcept;
  StoppedTracee& operator=(StoppedTracee&&) noexcept;
  StoppedTracee(const StoppedTracee&) = delete;
  ~StoppedTracee();  // KT_CHECKs that it was consumed, if it is not for an exception that it goes

  [[nodiscard]] Tid tid() const;
  Memory& memory();                      // valid until consumed
  std::optional<Registers> registers();  // nothing: it died
  std::optional<UnwindRegisters> unwind_registers();
  std::optional<std::vector<uint8_t>> siginfo();  // raw siginfo_t of a signal-delivery-stop

  // At an entry stop: runs the call `number` in the place of this one, ~0 for none, and gives the caller `result`,
  // which the exit event tells as well. If the tracee is let go before it is resumed, the call is made after all.
  void replace_call(uint64_t number, const Outcome& result);
  // At a syscall-stop: a signal for it to get when it is resumed. Its siginfo will say that the kernel sent it.
  void send_signal(int signal);
  // Also where the tracee itself may not write. Returns how many bytes were written, up to the first that cannot be.
  std::size_t write(Address to, std::span<const uint8_t> bytes);

  void resume() &&;  // on to the next syscall-stop, injecting the pending signal if any
  void pass() &&;    // at an entry: the same, but the exit of this call need not stop
  void detach() &&;  // let it run as if never traced
  // The same as resume(), after it was kept stopped for a time at this syscall-stop, while others run.
  void resume_after(Nanoseconds delay) &&;

 private:
  friend class Supervisor;
  StoppedTracee(Supervisor& supervisor, Tid tid);
  Supervisor* supervisor_;
  Tid tid_;
};

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_stop(const StopEvent& event, StoppedTracee tracee) = 0;
  virtual void on_end(const EndEvent& event) = 0;  // also after Supervisor detached a tracee: Detached
  // A tracee could not trace another one or be traced by it, as ktrace has to trace both: because of their filter, not
  // because the observer wants to follow them.
  virtual void on_refused_tracer(Tid /*tid*/) {}
  // Every pending event was served and the supervisor is about to block. Returns how long it may block before it
  // wants to be called again (for the output's 100 ms promise); nothing: for ever.
  virtual std::optional<Nanoseconds> on_idle(Nanoseconds now) = 0;
};

// A command to start. The child sets itself up, is seized before execve and first shows with the execve call itself.
struct Launch {
  std::vector<std::string> argv;         // argv[0] may differ from path (--argv0)
  std::string path;                      // already looked up in PATH
  std::vector<std::string> environment;  // complete, NAME=VALUE
  struct User {
    uid_t uid;
    gid_t gid;
    std::vector<gid_t> groups;
  };
  std::optional<User> user;                                                                             // -u
  enum class Daemonize : uint8_t { no, grandchild, process_group, session } daemonize = Daemonize::no;  // -D -DD -DDD
  // A seccomp_program(): lets calls pass without a stop, in all children too. Empty: none; where the kernel refuses it
  // every call stops, too.
  std::vector<sock_filter> filter;
  std::string program_name = "ktrace";  // starts the message of a failed set-up or execve, which the child prints
};

struct Settings {
  CallTraits traits{};        // what the descriptions say of calls; without them every call passes for harmless
  bool follow_forks = false;  // -f
  bool exit_kill = false;     // --kill-on-exit
  enum class Interruptible : uint8_t {
    anywhere = 1,
    waiting,
    never,
    never_tstp
  } interruptible = Interruptible::waiting;  // -I
  // Where ktrace has to outlive a signal that at level `anywhere` would kill it: it leaves without a word, too.
  bool dies_unheard = false;
  bool cpu_times = false;  // -c without -w: fill StopEvent::system_time
  bool debug = false;      // -d
  // Do without PTRACE_GET_SYSCALL_INFO (Linux < 5.3) and PTRACE_SET_SYSCALL_INFO (< 6.16), for tests of that way.
  bool registers_only = false;
  // Staying on the tracee's CPU (placement.h): where it pays; for tests also always or never.
  enum class Placing : uint8_t { automatic, always, never } placing = Placing::automatic;
};

// Why run() came back.
struct RunResult {
  std::optional<int> main_exit_status;  // of the launched command
  std::optional<int> main_signal;       // it died of this signal
  std::optional<int> exec_error;        // errno: the launched child could not execute the command
  std::optional<int> interrupted_by;    // ktrace got SIGINT, SIGTERM, SIGHUP or SIGQUIT (or SIGPIPE) and detached
  bool out_of_memory = false;           // and so it detached without a word to the observer
};

// What became of the members of a tree. Those that were born meanwhile are in neither list: they follow as children.
struct AttachedTree {
  struct Attached {
    Tid leader;
    std::size_t threads;
  };
  struct Refused {
    Tid leader;
    Error why;
  };
  std::vector<Attached> processes;
  std::vector<Refused> refused;
};

class Supervisor {
 public:
  explicit Supervisor(Settings settings);
  ~Supervisor();  // detaches whatever is left
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // With `daemonize` the calling process becomes the command, and its grandchild returns from here as the tracer.
  Result<Tid> launch(const Launch& what);
  // Seizes one thread, or with follow_forks every thread of its process, without a gap. Returns how many.
  Result<std::size_t> attach(Tid tid);
  // A process and all its descendants, without a gap. Needs follow_forks.
  AttachedTree attach_tree(Tgid root);

  // Serves events until no tracee is left that the observer has to hear of, or a fatal signal arrived.
  RunResult run(Observer& observer);

  // After run(): stays the tracer of processes that cannot do without (seccomp.h), until the last of them has ended.
  void keep();

  // Lets run() end by detaching everything (a limit was reached, the output is gone). Safe inside observer calls.
  void stop();

  [[nodiscard]] std::size_t tracee_count() const;
  // Who was attached or launched, in the order of their numbers. Some stop, and are Started, only much later: a parent
  // that waits for its vfork child, for instance.
  struct Member {
    Tid tid;
    Tgid tgid;
  };
  [[nodiscard]] std::vector<Member> first_tracees();
  // How many times a tracee has stopped, whether the observer was told or not.
  [[nodiscard]] uint64_t stop_count() const;

 private:
  friend class StoppedTracee;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktrace::tracer
