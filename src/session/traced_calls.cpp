// The way of a call through the session: from the entry stop, where the filters decide about it, to the line that the
// sinks end at the exit stop.
#include "session/trace_session.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "session/vcpu.h"
#include "spec/lookup.h"
#include "tracer/waiter.h"

namespace ktrace::session {

using filter::Message;
using filter::Status;

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

bool TraceSession::wants_outcome(const Outcome& outcome) const {
  const auto& status = options_.filters.status;
  if (!outcome.available) return status.test(Status::unavailable);
  return status.test(outcome.is_error ? Status::failed : Status::successful);
}

void TraceSession::tell_thread_time(TraceeState& state) {
  const auto now = tasks_.cpu_time(state.tid);
  state.call.thread_time = now ? *now - state.thread_time_at_entry : Nanoseconds{};
}

decode::Options TraceSession::decode_options(const CallState& call) const {
  const auto& filters = options_.filters;
  return {.string_limit = options_.string_limit,
          .abbreviate = filters.abbrev.test(call.abi, call.number),
          .dereference = filters.verbose.test(call.abi, call.number),
          .raw = filters.raw.test(call.abi, call.number),
          .namespaces = options_.new_namespaces};
}

bool TraceSession::shows_vcpu(const CallState& call) const {
  return options_.kvm != Options::Kvm::none && values_ && !options_.filters.raw.test(call.abi, call.number);
}

}  // namespace ktrace::session
