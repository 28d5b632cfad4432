// The inside of Supervisor, spread over supervisor.cpp (life, resuming), serve.cpp (a status becomes events),
// attach.cpp (new tracees), tamper.cpp (changed calls, delays) and detach.cpp (letting them go). Single-threaded:
// ptrace(2) knows only the thread that attached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tracer/placement.h"
#include "tracer/process_info.h"
#include "tracer/signals.h"
#include "tracer/supervisor.h"
#include "tracer/syscall_change.h"
#include "tracer/syscall_info.h"
#include "tracer/tracee.h"
#include "tracer/waiter.h"

namespace ktrace::tracer {

class Supervisor::Impl {
 public:
  Impl(Supervisor& owner, Settings settings);
  ~Impl();

  Result<Tid> launch(const Launch& what);
  Result<std::size_t> attach(Tid tid);
  AttachedTree attach_tree(Tgid root);
  RunResult run(Observer& observer);
  void stop() { stop_wanted_ = true; }
  void keep();
  [[nodiscard]] std::size_t tracee_count() const { return tracees_.size(); }
  [[nodiscard]] std::vector<Member> first_tracees();
  [[nodiscard]] uint64_t stop_count() const { return stops_; }

  // What a token does.
  Memory& memory(Tid tid);
  std::optional<Registers> registers(Tid tid);
  std::optional<std::vector<uint8_t>> siginfo(Tid tid);
  void replace_call(Tid tid, uint64_t number, const Outcome& result);
  void send_signal(Tid tid, int signal);
  void resume(Tid tid);
  void pass(Tid tid);
  void detach(Tid tid);
  void hold(Tid tid, Nanoseconds delay);

  // Lets go whatever is stopped, at once and without waiting. For a failed check; the kernel does the rest at exit.
  void let_go_now();

 private:
  // attach.cpp
  [[nodiscard]] unsigned options(bool filtered = false) const;
  Result<std::size_t> attach_process(Tgid process);
  Result<std::size_t> attach_one(Tid tid, Tgid tgid);
  std::size_t attach_threads(Tgid tgid, Tid first);
  Result<Tid> take_over(Tid child, int go, bool filtered);

  void serve_all();

  // serve.cpp
  bool serve_next();
  void serve(const WaitStatus& status);
  void serve_stop(Tracee& tracee, RawStop stop);
  void serve_launching(Tracee& tracee, RawStop stop);
  void serve_syscall(Tracee& tracee);
  void serve_birth(Tracee& tracee, RawStop stop);
  void serve_exec(const WaitStatus& status);
  Tracee& rename_at_exec(const WaitStatus& status, Tid& former);
  void serve_unknown(const WaitStatus& status, RawStop stop);
  void announce(Tracee& tracee, RawStop stop);
  void tell(Tracee& tracee, StopKind what);
  void tell_end(const Tracee& tracee, EndKind what, Nanoseconds time);
  void end(Tracee& tracee, RawStop stop, Nanoseconds time);
  void release_orphans(const Tracee* survivor);
  void let_start(Tracee& early);
  void adopt_announced_child(const Tracee& parent, RawStop::Kind by);
  std::optional<WaitStatus> take_early_end(Tid child);
  Tracee* adopt_child(const Tracee& parent, Tid child, RawStop::Kind by);
  void go_on(Tracee& tracee);
  void wait_for_more();

  // keeping.cpp
  [[nodiscard]] bool anyone_to_show() const;
  [[nodiscard]] static ptrace::Until next_stop(const Tracee& tracee);
  void serve_silent(Tracee& tracee, RawStop stop);
  void serve_filtered(Tracee& tracee);
  void enter_call(Tracee& tracee, const SyscallEntry& entry);
  void left_call(Tracee& tracee, const SyscallExit& exit);
  void inherit(Tracee& child, const Tracee& parent);
  void note_concern(Tracee& tracee, const SyscallEntry& entry);
  void distrust_memory(Tgid tgid);
  static void keep_in_sight(Tracee& tracee);
  static void give_back_flags(Tracee& tracee);
  void silence(Tracee& tracee);
  [[nodiscard]] bool is_silent_birth(const Tracee& parent) const;

  // tamper.cpp
  void release_held();
  [[nodiscard]] std::optional<Nanoseconds> next_release();
  std::optional<SyscallStop> read_call(Tracee& tracee, bool in_call);
  void undo_replacement(Tracee& tracee);

  // detach.cpp
  void detach_all();
  void detach_stopped(Tracee& tracee);
  [[nodiscard]] Stuck all_stuck() const;
  void forget_detached(Tracee& tracee);
  void serve_leaving(const WaitStatus& status);
  void leave(Tracee& tracee);
  void undo_interrupt(Tracee& tracee, InterruptedAt where) const;
  void undo_wake_up(Tracee& tracee) const;
  void pass_on(int signal);

  Tracee& stopped_tracee(Tid tid);

  struct EarlyStop {
    Tid tid;
    Tgid parent;
  };

  static inline Impl* current = nullptr;  // for the check handler, which gets no argument

  Supervisor& owner_;
  Settings settings_;
  Signals signals_;
  SyscallReader syscalls_;
  SyscallChanger changer_;
  MemoryWays memory_ways_;
  Placement placement_{settings_};
  KernelWait kernel_wait_{settings_.cpu_times};
  Waiter waiter_{kernel_wait_};
  TraceeTable tracees_;
  std::vector<Tid> ready_;              // stopped, with a follow-up or a parent that is known now
  std::vector<Tid> held_;               // kept stopped for a time, if Tracee::held_until is still there
  std::vector<EarlyStop> early_stops_;  // of children that wait for their parent's event
  std::vector<WaitStatus> early_ends_;  // of children that ended before their parent's event, newest last, few
  std::vector<Tid> left_early_;         // children detached, at the end, before their parent's event
  std::optional<IdleTimer> timer_;      // belongs to the thread that calls run()
  Observer* observer_ = nullptr;
  std::optional<Tid> launched_;
  RunResult result_;
  uint64_t stops_ = 0;
  bool stop_wanted_ = false;
  bool filter_exists_ = false;  // some tracee has it
  bool any_silent_ = false;
};

}  // namespace ktrace::tracer
