// Options that say what is traced and how: processes, commands, following, signals, ends.
#include <algorithm>
#include <cerrno>
#include <climits>

#include <unistd.h>

#include "cli/apply.h"
#include "cli/tips.h"
#include "cli/values.h"

namespace ktrace::cli {

Result<void> add_environment(Request& request, const Given& given) {
  request.environment.emplace_back(given.value);
  return {};
}

Result<void> attach(Request& request, const Given& given) {
  constexpr std::string_view separators = ", \t\n";
  for (std::string_view rest = given.value;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(separators), rest.size()));
    if (rest.empty()) return {};
    const std::string_view word = rest.substr(0, rest.find_first_of(separators));
    rest.remove_prefix(word.size());
    const auto pid = parse_number(word, 1, INT_MAX);
    if (!pid) return Error{0, "Invalid process id: '" + std::string(word) + "'"};
    if (*pid == getpid()) return Error{0, "I'm sorry, I can't let you do that, Dave."};
    request.options.attach.push_back(Tid{static_cast<int>(*pid)});
  }
}

Result<void> set_user(Request& request, const Given& given) {
  request.user = given.value;
  return {};
}

Result<void> set_argv0(Request& request, const Given& given) {
  request.argv0 = given.value;
  return {};
}

Result<void> detach_on(Request& request, const Given& given) {
  if (given.value != "execve") return Error{0, "Syscall '" + std::string(given.value) + "' for -b isn't supported"};
  request.options.detach_on_execve = true;
  return {};
}

Result<void> daemonize_letter(Request& request, const Given&) {
  request.daemonize.letters++;
  return {};
}

Result<void> daemonize_name(Request& request, const Given& given) {
  struct Name {
    std::string_view name;
    unsigned letters;
  };
  static constexpr Name names[] = {{"grandchild", 1}, {"pgroup", 2}, {"pgrp", 2}, {"session", 3}};
  for (const Name& name : names) {
    if (!same_word(name.name, given.value)) continue;
    request.daemonize.by_name = true;
    request.daemonize_as = name.letters;
    return {};
  }
  return invalid_argument(given);
}

// The second -f and all after it stand for --output-separately.
Result<void> follow_letter(Request& request, const Given&) {
  if (request.follow.letters++ != 0) request.separate.letters++;
  return {};
}

Result<void> follow_name(Request& request, const Given&) {
  request.follow.by_name = true;
  return {};
}

Result<void> follow_old(Request& request, const Given&) {
  request.old_follow = true;
  return {};
}

Result<void> set_interruptible(Request& request, const Given& given) {
  using Interruptible = tracer::Settings::Interruptible;
  struct Name {
    std::string_view name;
    Interruptible value;
  };
  static constexpr Name names[] = {{"anywhere", Interruptible::anywhere},
                                   {"always", Interruptible::anywhere},
                                   {"waiting", Interruptible::waiting},
                                   {"never", Interruptible::never},
                                   {"never_tstp", Interruptible::never_tstp}};
  if (const auto number = parse_number(given.value, 1, 4)) {
    request.interruptible = static_cast<Interruptible>(*number);
    return {};
  }
  for (const Name& name : names) {
    if (!same_word(name.name, given.value)) continue;
    request.interruptible = name.value;
    return {};
  }
  return invalid_argument(given);
}

Result<void> no_seccomp_filter(Request& request, const Given&) {
  request.options.seccomp_filter = false;
  return {};
}

Result<void> kill_on_exit(Request& request, const Given&) {
  request.options.tracing.exit_kill = true;
  return {};
}

Result<void> show_help(Request& request, const Given&) {
  request.help = true;
  return {};
}

Result<void> show_version(Request& request, const Given&) {
  request.version = true;
  return {};
}

Result<void> limit_syscalls(Request& request, const Given& given) {
  const auto limit = parse_number(given.value, 1, INT64_MAX);
  if (!limit) return invalid_argument(given);
  request.options.syscall_limit = static_cast<uint64_t>(*limit);
  return {};
}

Result<void> show_tip(Request& request, const Given& given) {
  auto text = tip(given.value);
  if (!text) return invalid_argument(given);
  request.options.farewell = *std::move(text);
  return {};
}

Result<void> debug(Request& request, const Given&) {
  request.options.tracing.debug = true;
  return {};
}

// A filter is used without being asked; what is left of strace's option are its warnings and its kill-on-exit.
Result<void> seccomp_filter(Request& request, const Given&) {
  request.seccomp_filter = true;
  return {};
}

Result<void> show_kvm(Request& request, const Given& given) {
  if (given.value != "vcpu" && given.value != "vcpu+")
    return Error{0, std::string("invalid -e kvm= argument: '").append(given.value).append("'")};
  using Kvm = session::Options::Kvm;
  request.options.kvm = given.value == "vcpu" ? Kvm::vcpu : Kvm::vcpu_state;
  return {};
}

Result<void> not_supported(Request&, const Given& given) {
  return Error{0, "option " + std::string(given.spelling) + " is not supported yet"};
}

Result<void> no_security_contexts(Request&, const Given&) {
  return Error{0, "SELinux context printing (--secontext option) is not supported by this build of ktrace"};
}

}  // namespace ktrace::cli
