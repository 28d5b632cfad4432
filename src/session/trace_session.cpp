#include "session/trace_session.h"

#include <signal.h>
#include <time.h>

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <variant>

#include "session/debug_text.h"
#include "session/vcpu.h"
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

// Where strace finds out that an execve has changed the word size: on x86 at the next call, on arm64 when it reads the
// registers to show how this one ended.
constexpr bool says_abi_within_execve = native_abi == Abi::aarch64;

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
}

bool TraceSession::shows_vcpu(const CallState& call) const {
  return options_.kvm != Options::Kvm::none && values_ && !options_.filters.raw.test(call.abi, call.number);
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
  TraceeState& state = tracees_.add(event.tid, event.tgid);
  if (what.attached) {
    // Attached inside a call: the kernel will restart it, perhaps as restart_syscall, which should name it.
    if (const auto registers = tracee.registers(); registers && static_cast<int64_t>(registers->number) >= 0)
      state.last_call = spec::syscall_name(registers->abi, registers->number);
  } else if (what.parent.value == 0) {
    starting_ = event.tid;
  } else {
    if (const TraceeState* parent = tracees_.find(what.parent)) state.abi = parent->abi;
    announce(event.tid, "attached");
  }
  sink_.tracee_added(subject(event.tid, event.tgid), what.parent, moment(event.time));
  return {};
}

TraceSession::Then TraceSession::entry(const StopEvent& event, const SyscallEntry& what,
                                       tracer::StoppedTracee& tracee) {
  TraceeState& state = tracees_.add(event.tid, event.tgid);
  CallState& call = state.call;
  call.tid = event.tid;
  call.tgid = event.tgid;
  call.abi = what.abi;
  call.number = what.number;
  call.args = what.args;
  call.ip = what.ip;
  call.sp = what.sp;
  call.entered = event.time;
  call.outcome = {};
  call.entry_shown = false;
  call.interrupted = state.last_call;
  call.tampered = {};
  state.injection = nullptr;
  state.in_call = true;
  state.stack.reset();
  state.mapping_trait = stacks_ ? options_.tracing.traits.of(what.abi, what.number) & mapping_traits : 0;
  state.system_at_entry = event.system_time;

  if (what.abi != state.abi) change_abi(state, what.abi, event);
  // A restarted call that is interrupted again is still the call it was.
  const std::string_view name = spec::syscall_name(what.abi, what.number);
  if (name != "restart_syscall") state.last_call = name;

  state.wanted = wants(state, tracee);
  if (options_.tracing.debug && !state.wanted) debug(fmt::format("debug: {} call is filtered out", event.tid.value));
  // The execve that starts the command is spared.
  const bool starts = starting_ == event.tid && (name == "execve" || name == "execveat");
  if (state.wanted && !starts && !options_.injections.empty()) tampering_.enter(state, tracee);
  // What the call does may change what its stack is found by, and it may never return. Where the command was started,
  // it is none of the command's.
  Nanoseconds for_stack{};
  if (state.wanted && stacks_ && !starts) {
    const Nanoseconds before = tracer::monotonic_now();
    take_stack(state, tracee);
    for_stack = tracer::monotonic_now() - before;
  }
  if (state.wanted) {
    if (needs_wall_) call.entered_wall = moment(event.time).wall;
    const Subject who = subject(event.tid, event.tgid);
    sink_.call_begin(who, call);
    call.entry_shown = true;
    if (values_) decoder_.entry(call, view(event.tid, tracee), sink_, decode_options(call));
    sink_.call_suspend(call);
    call.entered += for_stack;  // shown is when it began; how long it took does not count that
    state.vcpu.reset();
    if (shows_vcpu(call) && options_.kvm == Options::Kvm::vcpu_state) state.vcpu = find_vcpu(call, tracee.memory());
    if (file_uses_) file_uses_->enter(call, tracee.memory(), state.files);
    if (times_threads_) state.thread_time_at_entry = tasks_.cpu_time(event.tid).value_or(Nanoseconds{});
  }
  const bool must_return = state.wanted || state.mapping_trait != 0;
  return {.what = must_return ? Then::What::resume : Then::What::pass,
          .after = state.injection ? state.injection->delay_enter : std::nullopt};
}

bool TraceSession::wants(TraceeState& state, tracer::StoppedTracee& tracee) {
  CallState& call = state.call;
  const auto& trace = options_.filters.trace;
  if (!trace.reaches(call.abi, call.number)) return false;
  decode::Decoder::identify(call, tracee.memory());
  const uint32_t sub = call.decoding.sub_row;
  if (!(sub != spec::none ? trace.test_sub(sub) : trace.test(call.abi, call.number))) return false;
  return !path_filter_ || touches_wanted(state, tracee);
}

bool TraceSession::touches_wanted(TraceeState& state, tracer::StoppedTracee& tracee) {
  const auto& filters = options_.filters;
  const decode::Tracee seen = view(state.tid, tracee);
  decode::Decoder::Wanted wanted;
  if (!filters.paths.empty()) {
    // As strace has it: the text of an argument is compared as it is, relative ones are not resolved.
    wanted.path = [&](std::string_view path) { return std::ranges::find(filters.paths, path) != filters.paths.end(); };
  }
  if (filters.trace_fds) wanted.fd = [&](int fd) { return filters.trace_fds->test(fd); };
  return decoder_.touches(state.call, seen, wanted);
}

bool TraceSession::wants_outcome(const Outcome& outcome) const {
  const auto& status = options_.filters.status;
  if (!outcome.available) return status.test(Status::unavailable);
  return status.test(outcome.is_error ? Status::failed : Status::successful);
}

TraceSession::Then TraceSession::exit(const StopEvent& event, const SyscallExit& what, tracer::StoppedTracee& tracee) {
  TraceeState* state = tracees_.find(event.tid);
  // Without an entry: attached inside the call.
  if (!state || !std::exchange(state->in_call, false)) return {};
  CallState& call = state->call;
  call.outcome = what.outcome;
  if (state->mapping_trait != 0) tell_mapping(*stacks_, state->mapping_trait, call);
  if (!state->wanted) return {};
  call.ip = what.ip;
  if (state->next_abi && says_abi_within_execve)
    change_abi(*state, *std::exchange(state->next_abi, std::nullopt), event);
  leave(event, *state, tracee);
  if (state->next_abi) change_abi(*state, *std::exchange(state->next_abi, std::nullopt), event);
  return {.what = Then::What::resume, .after = state->injection ? state->injection->delay_exit : std::nullopt};
}

// The exit of a call that is traced.
void TraceSession::leave(const StopEvent& event, TraceeState& state, tracer::StoppedTracee& tracee) {
  CallState& call = state.call;
  call.left = event.time;
  call.system_time = event.system_time - state.system_at_entry;
  if (needs_wall_) call.left_wall = moment(event.time).wall;
  if (times_threads_) tell_thread_time(state);
  if (state.injection) tampering_.leave(state, tracee);
  decode::Decoder::Moved moved;
  if (counts_bytes_ || file_uses_) moved = decode::Decoder::moved(call, tracee.memory());
  call.bytes_moved = moved.bytes();
  if (!wants_outcome(call.outcome)) {
    sink_.call_discard(call);
    state.stack.reset();
    return;
  }
  const Subject who = subject(event.tid, event.tgid);
  sink_.call_resume(who, call);
  if (values_) decoder_.exit(call, view(event.tid, tracee), sink_, decode_options(call));
  if (shows_vcpu(call)) {
    show_vcpu_exit(call, tracee.memory(), sink_);
    if (state.vcpu) show_vcpu(*state.vcpu, call, decoder_, view(event.tid, tracee), sink_, decode_options(call));
  }
  if (dumps_) decode::Decoder::dump(who, call, tracee.memory(), sink_, dumped_);
  if (stacks_) show_stack(who, state, tracee);
  if (file_uses_) file_uses_->leave(call, moved, state.files);
  sink_.call_end(who, call);
  if (options_.syscall_limit && ++shown_ >= *options_.syscall_limit && !std::exchange(at_bound_, true)) {
    supervisor_.stop();
    if (!options_.filters.quiet.test(Message::attach)) {
      sink_.flush();
      log_.say("System call limit has been reached, detaching tracees");
    }
  }
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

void TraceSession::tell_thread_time(TraceeState& state) {
  const auto now = tasks_.cpu_time(state.tid);
  state.call.thread_time = now ? *now - state.thread_time_at_entry : Nanoseconds{};
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

decode::Options TraceSession::decode_options(const CallState& call) const {
  const auto& filters = options_.filters;
  return {.string_limit = options_.string_limit,
          .abbreviate = filters.abbrev.test(call.abi, call.number),
          .dereference = filters.verbose.test(call.abi, call.number),
          .raw = filters.raw.test(call.abi, call.number),
          .namespaces = options_.new_namespaces};
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
