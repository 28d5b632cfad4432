// The public face of the supervisor, its main loop, and what a token may do with a stopped tracee.

#include "tracer/supervisor.h"

#include <algorithm>
#include <exception>
#include <new>

#include "arch/regsets.h"
#include "ktrace/base/check.h"
#include "tracer/ptrace_calls.h"
#include "tracer/supervisor_impl.h"

namespace ktrace::tracer {
StoppedTracee::StoppedTracee(Supervisor& supervisor, Tid tid) : supervisor_(&supervisor), tid_(tid) {}
StoppedTracee::StoppedTracee(StoppedTracee&& other) noexcept
    : supervisor_(std::exchange(other.supervisor_, nullptr)), tid_(other.tid_) {}

StoppedTracee& StoppedTracee::operator=(StoppedTracee&& other) noexcept {
  KT_CHECK(!supervisor_, "a stopped tracee was forgotten");
  supervisor_ = std::exchange(other.supervisor_, nullptr);
  tid_ = other.tid_;
  return *this;
}

StoppedTracee::~StoppedTracee() {
  if (supervisor_ && std::uncaught_exceptions() != 0) std::move(*this).resume();
  KT_CHECK(!supervisor_, "a stopped tracee was forgotten");
}

Tid StoppedTracee::tid() const {
  return tid_;
}
Memory& StoppedTracee::memory() {
  return supervisor_->impl_->memory(tid_);
}
std::optional<Registers> StoppedTracee::registers() {
  return supervisor_->impl_->registers(tid_);
}
std::optional<UnwindRegisters> StoppedTracee::unwind_registers() {
  return arch::read_unwind_registers(tid_);
}
std::optional<std::vector<uint8_t>> StoppedTracee::siginfo() {
  return supervisor_->impl_->siginfo(tid_);
}
void StoppedTracee::replace_call(uint64_t number, const Outcome& result) {
  supervisor_->impl_->replace_call(tid_, number, result);
}
void StoppedTracee::send_signal(int signal) {
  supervisor_->impl_->send_signal(tid_, signal);
}
std::size_t StoppedTracee::write(Address to, std::span<const uint8_t> bytes) {
  return write_memory(tid_, to, bytes);
}
void StoppedTracee::resume() && {
  std::exchange(supervisor_, nullptr)->impl_->resume(tid_);
}
void StoppedTracee::pass() && {
  std::exchange(supervisor_, nullptr)->impl_->pass(tid_);
}
void StoppedTracee::detach() && {
  std::exchange(supervisor_, nullptr)->impl_->detach(tid_);
}
void StoppedTracee::resume_after(Nanoseconds delay) && {
  std::exchange(supervisor_, nullptr)->impl_->hold(tid_, delay);
}

Supervisor::Supervisor(Settings settings) : impl_(std::make_unique<Impl>(*this, settings)) {}
Supervisor::~Supervisor() = default;
Result<Tid> Supervisor::launch(const Launch& what) {
  return impl_->launch(what);
}
Result<std::size_t> Supervisor::attach(Tid tid) {
  return impl_->attach(tid);
}
AttachedTree Supervisor::attach_tree(Tgid root) {
  return impl_->attach_tree(root);
}
RunResult Supervisor::run(Observer& observer) {
  return impl_->run(observer);
}
void Supervisor::keep() {
  impl_->keep();
}
void Supervisor::stop() {
  impl_->stop();
}
std::size_t Supervisor::tracee_count() const {
  return impl_->tracee_count();
}
std::vector<Supervisor::Member> Supervisor::first_tracees() {
  return impl_->first_tracees();
}
uint64_t Supervisor::stop_count() const {
  return impl_->stop_count();
}

Supervisor::Impl::Impl(Supervisor& owner, Settings settings)
    : owner_(owner),
      settings_(settings),
      signals_(settings.interruptible, settings.dies_unheard),
      syscalls_(settings.registers_only),
      changer_(settings.registers_only) {
  KT_CHECK(!current, "two supervisors at a time");
  current = this;
  set_check_handler([] {
    if (current) current->let_go_now();
  });
}

Supervisor::Impl::~Impl() {
  set_check_handler(nullptr);
  current = nullptr;
  observer_ = nullptr;
  detach_all();
}

std::vector<Supervisor::Member> Supervisor::Impl::first_tracees() {
  std::vector<Member> members;
  for (const Tid tid : tracees_.tids()) {
    const Tracee& tracee = *tracees_.find(tid);
    if (tracee.attached || launched_ == tid) members.push_back({tid, tracee.tgid});
  }
  std::ranges::sort(members, {}, [](const Member& member) { return member.tid.value; });
  return members;
}

// What the observer has allocated for the event that was too much for it is free again, so that there is memory to let
// the tracees go with. That is why the exception of all exceptions is caught here.
void Supervisor::Impl::serve_all() {
  try {
    while (anyone_to_show() && !stop_wanted_ && !Signals::fatal()) {
      release_held();
      if (!serve_next()) wait_for_more();
    }
  } catch (const std::bad_alloc&) {
    result_.out_of_memory = true;
    observer_ = nullptr;
  }
}

RunResult Supervisor::Impl::run(Observer& observer) {
  observer_ = &observer;
  if (!timer_) timer_.emplace();
  serve_all();
  if (const auto signal = Signals::fatal(); signal && !tracees_.empty()) {
    result_.interrupted_by = *signal;
    if (Signals::ends_unheard()) {
      observer_ = nullptr;
    } else {
      pass_on(*signal);
    }
  }
  detach_all();
  timer_->limit(std::nullopt, {});
  observer_ = nullptr;
  return result_;
}

void Supervisor::Impl::wait_for_more() {
  const Nanoseconds now = monotonic_now();  // once for all who ask
  std::optional<Nanoseconds> longest = observer_->on_idle(now);
  if (const auto release = next_release()) longest = std::min(longest.value_or(*release), *release);
  if (const auto narrow = placement_.patience(now)) longest = std::min(longest.value_or(*narrow), *narrow);
  timer_->limit(longest, now);
  if (stop_wanted_ || Signals::fatal()) return;
  // Without children the kernel has let go of every tracee behind our back. There is nothing left to serve.
  if (waiter_.wait(tracees_.size() > 1) == Waiter::Outcome::no_children) stop_wanted_ = true;
}

// A token may be kept while others are served, and in the meantime its tracee may be killed: its end then takes it out
// of the table. So a token's tracee need not be there any more.
Tracee& Supervisor::Impl::stopped_tracee(Tid tid) {
  Tracee* tracee = tracees_.find(tid);
  KT_CHECK(tracee, "the tracee of a token is unknown");
  return *tracee;
}

Memory& Supervisor::Impl::memory(Tid tid) {
  return stopped_tracee(tid).memory;
}

std::optional<Registers> Supervisor::Impl::registers(Tid tid) {
  if (const auto live = arch::read_registers(tid)) return live->registers;
  return std::nullopt;
}

std::optional<std::vector<uint8_t>> Supervisor::Impl::siginfo(Tid tid) {
  return ptrace::signal_info(tid);
}

void Supervisor::Impl::resume(Tid tid) {
  Tracee* tracee = tracees_.find(tid);
  if (!tracee || !tracee->stopped) return;
  if (tracee->follow_up) {
    ready_.push_back(tid);
  } else {
    go_on(*tracee);
  }
}

// Only a filter makes a stop at the next entry without one at this exit.
void Supervisor::Impl::pass(Tid tid) {
  if (Tracee* tracee = tracees_.find(tid); tracee && !tracee->every_call && tracee->concern == FilterConcern::none &&
                                           tracee->launching == Tracee::Launching::no)
    tracee->in_call = false;
  resume(tid);
}

void Supervisor::Impl::go_on(Tracee& tracee) {
  tracee.stopped = false;
  if (tracee.gone) return;
  keep_in_sight(tracee);
  if (tracee.stop.kind == RawStop::Kind::group_stop) {
    static_cast<void>(ptrace::listen(tracee.tid));
  } else if (!placement_.resume(tracee.tid, tracee.pending_signal(), next_stop(tracee), tracee.every_call)) {
    tracee.gone = true;
  }
}

void Supervisor::Impl::detach(Tid tid) {
  Tracee* tracee = tracees_.find(tid);
  if (!tracee || !tracee->stopped) return;
  if (tracee->filtered) {
    silence(*tracee);
    return go_on(*tracee);
  }
  detach_stopped(*tracee);
}

}  // namespace ktrace::tracer
