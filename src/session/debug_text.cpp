// See debug_text.h. The text is ours and may change: it is for people who look for a fault in ktrace.
#include "session/debug_text.h"

#include <variant>

#include <fmt/core.h>

#include "base/signals.h"
#include "spec/lookup.h"

namespace ktrace::session {
namespace {

struct StopText {
  std::string operator()(const SyscallEntry& what) const {
    return fmt::format("enters call {} ({})", what.number, spec::syscall_name(what.abi, what.number));
  }
  std::string operator()(const SyscallExit& what) const {
    if (!what.outcome.available) return "leaves its call, result unavailable";
    return fmt::format("leaves its call with {}{:#x}", what.outcome.is_error ? "error " : "", what.outcome.value);
  }
  std::string operator()(const SignalDelivery& what) const {
    return fmt::format("gets {}", base::signal_name(what.signal));
  }
  std::string operator()(const GroupStop& what) const {
    return fmt::format("is stopped by {}", base::signal_name(what.signal));
  }
  std::string operator()(const NewChild& what) const { return fmt::format("has a new child {}", what.child.value); }
  std::string operator()(const Exec& what) const {
    return fmt::format("became another program, was {}", what.former.value);
  }
  std::string operator()(const Started& what) const {
    if (what.attached) return "is attached";
    return what.parent.value != 0 ? fmt::format("is new, its parent {}", what.parent.value) : "is new, launched";
  }
  std::string operator()(const Exiting& /*what*/) const { return "is about to exit"; }
};

struct EndText {
  std::string operator()(const Exited& what) const { return fmt::format("exited with {}", what.status); }
  std::string operator()(const Killed& what) const {
    return fmt::format("was killed by {}", base::signal_name(what.signal));
  }
  std::string operator()(const Superseded& what) const { return fmt::format("was superseded by {}", what.by.value); }
  std::string operator()(const Detached& /*what*/) const { return "is detached"; }
};

}  // namespace

std::string describe(const StopEvent& event) {
  return fmt::format("debug: {} {}", event.tid.value, std::visit(StopText{}, event.what));
}

std::string describe(const EndEvent& event) {
  return fmt::format("debug: {} {}", event.tid.value, std::visit(EndText{}, event.what));
}

}  // namespace ktrace::session
