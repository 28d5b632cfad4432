#include "session/trace_session.h"

#include <signal.h>
#include <time.h>

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "session/debug_text.h"
#include "spec/lookup.h"
#include "tracer/waiter.h"

namespace ktrace::session {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;  // clang 14 does not deduce aggregates by itself

double seconds(Nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

using filter::Message;
using filter::Status;

}  // namespace

TraceSession::TraceSession(const Options& options, const base::Log& log, tracer::Supervisor& supervisor, Destination to)
    : options_(options),
      log_(log),
      supervisor_(supervisor),
      sink_(to.sink),
      values_(to.values),
      descriptors_(options.decode_fds, options.decode_pids),
      tampering_(options.injections, log, to.sink),
      needs_wall_(options.text.clock != output::TextOptions::Clock::none || options.format == Format::json),
      staged_(!options.filters.status.is_all()),
      path_filter_(!options.filters.paths.empty() || options.filters.trace_fds.has_value()),
      dumps_(to.values && !(options.filters.read.is_none() && options.filters.write.is_none())),
      times_threads_(options.stats.has(stats::What::blocked)),
      counts_bytes_(options.stats.has(stats::What::stacks) || options.flame.given()),
      dumped_{.read = [this](int fd) { return options_.filters.read.test(fd); },
              .write = [this](int fd) { return options_.filters.write.test(fd); }},
      bounded_(options.output.most_bytes && options.output.rotate == 0 ? to.bounded : nullptr) {
  if (options.stacks) {
    stacks_.emplace(options.stacks->limit, options.stacks->lines, [this](int error) { say_no_symbols(error); });
    if (options.command) stacks_->prepare();
  }
  if (options.stats.has(stats::What::files)) file_uses_.emplace(decoder_, sink_);
  if (options.run_for) deadline_ = tracer::monotonic_now() + *options.run_for;
  const Moment now = moment(tracer::monotonic_now());
  for (const auto& [tid, tgid] : supervisor.first_tracees()) add(tid, tgid, {}, now);
}

TraceeState& TraceSession::add(Tid tid, Tgid tgid, Tid parent, Moment when) {
  if (TraceeState* known = tracees_.find(tid)) return *known;
  TraceeState& state = tracees_.add(tid, tgid);
  if (const TraceeState* from = tracees_.find(parent)) state.abi = from->abi;
  sink_.tracee_added(subject(tid, tgid), parent, when);
  return state;
}

// -d: on standard error, between what is written there as trace.
void TraceSession::debug(const std::string& text) {
  sink_.flush();
  log_.say(text);
}

void TraceSession::on_stop(const StopEvent& event, tracer::StoppedTracee tracee) {
  if (options_.tracing.debug) debug(describe(event));
  const Then then = std::visit(Overload{
                                   [&](const SyscallEntry& what) { return entry(event, what, tracee); },
                                   [&](const SyscallExit& what) { return exit(event, what, tracee); },
                                   [&](const SignalDelivery& what) { return signal(event, what, tracee); },
                                   [&](const GroupStop& what) { return stopped(event, what, tracee); },
                                   [&](const Exec& what) { return executed(event, what, tracee); },
                                   [&](const Started& what) { return started(event, what, tracee); },
                                   [&](const Exiting&) { return exiting(event); },
                                   [&](const NewChild& what) { return new_child(event, what); },
                               },
                               event.what);
  // Without the file for its trace the command does not begin, as with one file for all.
  if (sink_.broken() && starting_ == event.tid) ::kill(event.tid.value, SIGKILL);
  if (then.what == Then::What::detach && options_.tracing.debug)
    debug(fmt::format("debug: {} is let go", event.tid.value));
  carry_out(then, std::move(tracee));
  if (sink_.broken()) supervisor_.stop();
  check_bounds(event.time);
}

// Hostile files, somebody who kills it, or a limit of processes: see stack/symbol_server.h.
void TraceSession::say_no_symbols(int error) {
  sink_.flush();
  if (error == 0) return log_.say("Symbols are no longer looked up: the process that reads them has died too often");
  log_.say(fmt::format("Stacks have no symbols and end early: the process that reads symbols cannot be started: {}",
                       std::strerror(error)));
}

// --for and --max-output. The limit of calls is looked at where they are counted.
void TraceSession::check_bounds(Nanoseconds now) {
  if (deadline_ && now >= *deadline_) stop_at(fmt::format("Time limit of {:g} s", seconds(*options_.run_for)));
  if (bounded_ && bounded_->is_full()) stop_at(fmt::format("Output limit of {} bytes", *options_.output.most_bytes));
}

void TraceSession::stop_at(std::string_view bound) {
  supervisor_.stop();
  if (std::exchange(at_bound_, true)) return;
  sink_.flush();
  log_.say(fmt::format("{} has been reached, {} tracees", bound, options_.tracing.exit_kill ? "killing" : "detaching"));
}

void TraceSession::carry_out(const Then& then, tracer::StoppedTracee tracee) {
  switch (then.what) {
    case Then::What::resume:
      return then.after ? std::move(tracee).resume_after(*then.after) : std::move(tracee).resume();
    case Then::What::pass: return std::move(tracee).pass();
    case Then::What::detach: return std::move(tracee).detach();
  }
}

TraceSession::Then TraceSession::started(const StopEvent& event, const Started& what, tracer::StoppedTracee& tracee) {
  const bool was_born = !what.attached && what.parent.value != 0;
  if (was_born) announce(event.tid, "attached");
  TraceeState& state = add(event.tid, event.tgid, what.parent, moment(event.time));
  if (what.attached) {
    // Attached inside a call: the kernel will restart it, perhaps as restart_syscall, which should name it.
    if (const auto registers = tracee.registers(); registers && static_cast<int64_t>(registers->number) >= 0)
      state.last_call = spec::syscall_name(registers->abi, registers->number);
  } else if (!was_born) {
    starting_ = event.tid;
  }
  return {};
}

TraceSession::Then TraceSession::signal(const StopEvent& event, const SignalDelivery& what,
                                        tracer::StoppedTracee& tracee) {
  if (!values_ || !options_.filters.signals.test(what.signal)) return {};
  const auto info = tracee.siginfo();
  if (!info) return {};
  const Subject who = subject_here(event, tracee);
  sink_.signal_begin(who, what.signal, moment(event.time));
  // PTRACE_GETSIGINFO gives the tracer's own layout, whatever the tracee's ABI (ptrace(2)).
  decoder_.siginfo(*info, native_abi, view(event.tid, tracee), sink_, decode::Options{});
  if (stacks_) show_stack_here(who, tracee);
  sink_.signal_end();
  return {};
}

TraceSession::Then TraceSession::stopped(const StopEvent& event, const GroupStop& what, tracer::StoppedTracee& tracee) {
  if (!values_ || !options_.filters.signals.test(what.signal)) return {};
  const Subject who = subject_here(event, tracee);
  if (stacks_) show_stack_here(who, tracee);
  sink_.stopped(who, what.signal, moment(event.time));
  return {};
}

void TraceSession::change_abi(TraceeState& state, Abi abi, const StopEvent& event) {
  state.abi = abi;
  if (!options_.filters.quiet.test(Message::personality))
    sink_.abi_changed(subject(event.tid, event.tgid), abi, moment(event.time));
}

// With a filter the next call may be far off, or never stop.
void TraceSession::note_next_abi(const StopEvent& event, tracer::StoppedTracee& tracee) {
  TraceeState* state = tracees_.find(event.tid);
  if (!state || (!options_.every_call_because.empty() && !says_abi_within_execve)) return;
  const auto registers = tracee.registers();
  if (!registers || registers->abi == state->abi) return;
  if (state->in_call && state->wanted) {
    state->next_abi = registers->abi;  // said below its line
  } else {
    change_abi(*state, registers->abi, event);
  }
}

TraceSession::Then TraceSession::executed(const StopEvent& event, const Exec& what, tracer::StoppedTracee& tracee) {
  if (what.former != event.tid && tracees_.find(what.former)) {
    sink_.pid_changed(subject(event.tid, event.tgid), what.former, moment(event.time));
    tracees_.rename(what.former, event.tid);
  }
  note_next_abi(event, tracee);
  if (stacks_) {
    const auto now = tracee.registers();
    stacks_->executed({.tid = event.tid, .process = event.tgid, .abi = now ? now->abi : native_abi});
  }
  sink_.executed(subject_gone(event.tid, event.tgid));
  // -b execve spares the execve that starts the command.
  if (!options_.detach_on_execve || starting_ == event.tid) {
    starting_.reset();
    return {};
  }
  return {.what = Then::What::detach};
}

TraceSession::Then TraceSession::new_child(const StopEvent& event, const NewChild& what) {
  if (stacks_ && what.by == NewChild::By::vfork) stacks_->shares_memory({what.child.value}, event.tgid);
  return {};
}

// --- stacks ---

namespace {

Stack view_of(const stack::KeptStack& taken, bool at_entry) {
  return {.frames = taken.frames, .end = taken.end, .id = taken.id, .at_entry = at_entry};
}

}  // namespace

void TraceSession::take_stack(TraceeState& state, tracer::StoppedTracee& tracee) {
  state.stack = stacks_->take({.tid = state.tid,
                               .process = state.tgid,
                               .abi = state.call.abi,
                               .ip = state.call.ip,
                               .sp = state.call.sp,
                               .memory = tracee.memory(),
                               .registers = [&tracee] { return tracee.unwind_registers(); }});
}

// Of the call that ends: taken when it began; if it was not (the execve that starts the command, a call that ktrace was
// attached in), it is taken now.
void TraceSession::show_stack(const Subject& who, TraceeState& state, tracer::StoppedTracee& tracee) {
  if (!state.stack) return show_stack_here(who, tracee);
  sink_.stack(who, view_of(*state.stack, true));
  state.stack.reset();
}

void TraceSession::show_stack_here(const Subject& who, tracer::StoppedTracee& tracee) {
  const auto now = tracee.registers();
  if (!now) return;
  const auto taken = stacks_->take({.tid = who.tid,
                                    .process = who.tgid,
                                    .abi = now->abi,
                                    .ip = now->ip,
                                    .sp = now->sp,
                                    .memory = tracee.memory(),
                                    .registers = [&tracee] { return tracee.unwind_registers(); }});
  if (taken) sink_.stack(who, view_of(*taken, false));
}

TraceSession::Then TraceSession::exiting(const StopEvent& event) {
  lose_call(event.tid, event.tgid, Loss::exited, event.time);
  if (options_.stats.given) sink_.ending(subject_gone(event.tid, event.tgid));
  return {};
}

// The call in flight, if there is one that is shown, will never return.
void TraceSession::lose_call(Tid tid, Tgid tgid, Loss why, Nanoseconds when) {
  TraceeState* state = tracees_.find(tid);
  if (!state || !std::exchange(state->in_call, false) || !state->wanted || !state->call.entry_shown) return;
  state->call.left = when;
  if (times_threads_) tell_thread_time(*state);
  if (options_.filters.status.test(why == Loss::detached ? Status::detached : Status::unfinished)) {
    Subject who = subject_gone(tid, tgid);
    who.ip = state->call.ip;
    if (const auto stack = std::exchange(state->stack, nullptr)) sink_.stack(who, view_of(*stack, true));
    sink_.call_lost(who, state->call, why);
  } else {
    sink_.call_discard(state->call);
  }
}

void TraceSession::on_end(const EndEvent& event) {
  if (options_.tracing.debug) debug(describe(event));
  Subject who = subject_gone(event.tid, event.tgid);
  const Moment when = moment(event.time);
  const auto lose = [&](Loss why) {
    lose_call(event.tid, event.tgid, why, event.time);
    // Of a call that was not shown.
    TraceeState* const state = tracees_.find(event.tid);
    if (state && state->stack) sink_.stack(who, view_of(*std::exchange(state->stack, nullptr), true));
  };
  std::visit(Overload{
                 [&](const Exited& what) {
                   lose(Loss::exited);
                   if (values_ && !options_.filters.quiet.test(Message::exit)) sink_.exited(who, what.status, when);
                 },
                 [&](const Killed& what) {
                   lose(Loss::exited);
                   if (values_ && options_.filters.signals.test(what.signal))
                     sink_.killed(who, what.signal, what.core, when);
                 },
                 [&](const Superseded& what) {
                   lose(Loss::exited);
                   who.ip = what.ip;
                   if (const TraceeState* by = tracees_.find(what.by)) who.number = by->call.number;
                   if (values_ && !options_.filters.quiet.test(Message::thread_execve))
                     sink_.superseded(who, what.by, when);
                 },
                 [&](const Detached&) {
                   announce(event.tid, "detached");
                   lose(Loss::detached);
                 },
             },
             event.what);
  sink_.tracee_removed(who, when);
  tracees_.remove(event.tid);
  if (stacks_ && event.tid.value == event.tgid.value) stacks_->ended(event.tgid);
}

void TraceSession::on_refused_tracer(Tid tid) {
  if (std::exchange(told_of_refused_tracer_, true)) return;
  sink_.flush();
  log_.say(
      fmt::format("Process {} was refused a ptrace call: with ktrace's seccomp filter ktrace traces all children, "
                  "and a process has one tracer only; --no-seccomp-bpf leaves them to others",
                  tid.value));
}

std::optional<Nanoseconds> TraceSession::on_idle(Nanoseconds now) {
  const auto due = sink_.on_idle(now);
  if (!deadline_) return due;
  check_bounds(now);
  const Nanoseconds left = std::max(*deadline_ - now, Nanoseconds{0});
  return due ? std::min(*due, left) : left;
}

decode::Tracee TraceSession::view(Tid tid, tracer::StoppedTracee& tracee) {
  descriptors_.select(tid);
  const TraceeState* state = tracees_.find(tid);
  return {tracee.memory(), descriptors_, state ? state->abi : native_abi};
}

Subject TraceSession::subject(Tid tid, Tgid tgid) {
  Subject who{.tid = tid, .tgid = tgid};
  TraceeState* state = tracees_.find(tid);
  if (state) {
    who.abi = state->abi;
    who.number = state->call.number;
    who.ip = state->call.ip;
  }
  if (options_.decode_pids.comm) {
    descriptors_.select(tid);
    who.comm = descriptors_.comm(tid);
    if (state) who.comm = state->comm = who.comm;
  }
  return who;
}

// There is nobody left to ask: it has the name that was last seen.
Subject TraceSession::subject_gone(Tid tid, Tgid tgid) const {
  Subject who{.tid = tid, .tgid = tgid};
  if (const TraceeState* state = tracees_.find(tid)) {
    who.abi = state->abi;
    who.number = state->call.number;
    who.comm = state->comm;
  }
  return who;
}

// With -i, as the thread may have come far since its last call.
Subject TraceSession::subject_here(const StopEvent& event, tracer::StoppedTracee& tracee) {
  Subject who = subject(event.tid, event.tgid);
  if (!options_.text.instruction_pointer) return who;
  const auto registers = tracee.registers();
  who.ip = registers ? std::optional(registers->ip) : std::nullopt;
  return who;
}

Moment TraceSession::moment(Nanoseconds monotonic) const {
  if (!needs_wall_) return {monotonic, {}};
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return {monotonic, std::chrono::seconds{now.tv_sec} + Nanoseconds{now.tv_nsec}};
}

// "strace: Process 123 attached": on standard error, between what is written there as trace.
void TraceSession::announce(Tid tid, const char* what) {
  if (options_.filters.quiet.test(Message::attach)) return;
  sink_.flush();
  log_.say(fmt::format("Process {} {}", tid.value, what));
}

}  // namespace ktrace::session
