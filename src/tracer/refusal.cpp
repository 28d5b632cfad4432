#include "tracer/refusal.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>

#include "base/quote.h"

namespace ktrace::tracer {
namespace {

constexpr uint64_t ptrace_capability = uint64_t{1} << 19;  // CAP_SYS_PTRACE
constexpr int yama_descendants = 1, yama_privileged = 2, yama_nobody = 3;

using Known = RefusalFacts::Known;

bool is_privileged(const RefusalFacts& facts) {
  return facts.ours && (facts.ours->effective & ptrace_capability) != 0;
}

// Names are chosen by whoever runs the process: what would upset a terminal is escaped.
std::string escaped(const std::string& name) {
  std::string text;
  base::append_escaped(text, name);
  return text;
}

std::string called(Tid tid, const std::string& name) {
  std::string text = std::to_string(tid.value);
  return name.empty() ? text : text.append(" (").append(escaped(name)).append(")");
}

std::string its_name(const RefusalFacts& facts) {
  return "process " + called(facts.tid, facts.process ? facts.process->name : std::string());
}

std::string user(uint32_t id, const std::string& name) {
  return name.empty() ? fmt::format("uid {}", id) : fmt::format("{} (uid {})", escaped(name), id);
}

// strace's own second line; at most one.
std::optional<std::string> strace_hint(const RefusalFacts& facts) {
  if (facts.its && facts.its->tracer.value != 0) {
    return fmt::format("Process {} is already being traced by pid {}", facts.tid.value, facts.its->tracer.value);
  }
  const bool privileged = is_privileged(facts);
  if (!privileged && !facts.may_signal) {
    return fmt::format("process {} may be owned by a different user", facts.tid.value);
  }
  const int scope = facts.yama_scope.value_or(0);
  if (scope >= yama_nobody || (scope >= yama_descendants && !privileged)) {
    return fmt::format("sysctl kernel.yama.ptrace_scope = {} may be restricting this attach", scope);
  }
  return std::nullopt;
}

// ptrace(2) does not work at all.
std::optional<std::string> refused_altogether(const RefusalFacts& facts) {
  if (facts.yama_scope.value_or(0) >= yama_nobody) {
    return "kernel.yama.ptrace_scope = 3 forbids all tracing; it can only be changed by starting the machine anew";
  }
  // Where Yama lets only the privileged trace, a child is no exception: that rule has its turn later.
  const bool yama = facts.yama_scope == yama_privileged && !is_privileged(facts);
  if (!facts.own_child_refused || yama) return std::nullopt;
  if (facts.ours && facts.ours->seccomp != 0) {
    return "a seccomp filter refuses ptrace(2) itself, even for ktrace's own children; if it is that of a container: "
           "docker run --cap-add=SYS_PTRACE or --security-opt seccomp=unconfined";
  }
  return "the system refuses ptrace(2) itself, even for ktrace's own children: a security module, or a sandbox that "
         "plays the kernel";
}

bool has_same_ids(const RefusalFacts& facts) {
  const auto all = [](const Credentials::Ids& ids, uint32_t id) {
    return ids.real == id && ids.effective == id && ids.saved == id;
  };
  return all(facts.its->user, facts.ours->user.real) && all(facts.its->group, facts.ours->group.real);
}

constexpr std::string_view become_root = "run ktrace as root (sudo)";
constexpr std::string_view add_capability =
    "ktrace runs as root, but without CAP_SYS_PTRACE; in a container: docker run --cap-add=SYS_PTRACE";

// Rules about ids, which CAP_SYS_PTRACE lifts.
std::optional<std::string> refused_by_ids(const RefusalFacts& facts) {
  if (!facts.its || !facts.ours || has_same_ids(facts)) return std::nullopt;
  const Credentials::Ids &it = facts.its->user, &we = facts.ours->user;
  const std::string_view help = we.real == 0 ? add_capability : become_root;
  if (it.real != it.effective || it.real != it.saved) {
    return fmt::format("{} runs a setuid program (real uid {}, effective uid {}): that takes CAP_SYS_PTRACE; {}",
                       its_name(facts), it.real, it.effective, help);
  }
  if (it.real != we.real) {
    return fmt::format("{} belongs to {}, and ktrace runs as {}: that takes CAP_SYS_PTRACE; {}", its_name(facts),
                       user(it.real, facts.user_name), user(we.real, facts.own_name), help);
  }
  return fmt::format("{} has other group ids than ktrace (gid {}, effective gid {}): that takes CAP_SYS_PTRACE; {}",
                     its_name(facts), facts.its->group.real, facts.its->group.effective, help);
}

// The kernel tells the user namespace only of processes that may be attached.
bool may_be_outside(const RefusalFacts& facts) {
  return facts.same_user_namespace == Known::unknown && !facts.initial_user_namespace;
}

std::string other_user_namespace(const RefusalFacts& facts) {
  return fmt::format(
      "{} is not in the user namespace of ktrace, where alone its CAP_SYS_PTRACE counts: run ktrace in "
      "the namespace of the process, or outside of this container",
      its_name(facts));
}

// What else CAP_SYS_PTRACE lifts.
std::optional<std::string> refused_without_privilege(const RefusalFacts& facts) {
  const std::string_view help = facts.ours && facts.ours->user.real == 0 ? add_capability : become_root;
  if (!facts.dumpable) {
    return fmt::format(
        "{} is not dumpable (prctl(PR_SET_DUMPABLE), a change of user ids, or a program it may not read):"
        " that takes CAP_SYS_PTRACE; {}",
        its_name(facts), help);
  }
  if (facts.its && facts.ours && (facts.its->permitted & ~facts.ours->permitted) != 0) {
    // In a container of users it is likelier that the process is not in it.
    if (may_be_outside(facts)) return other_user_namespace(facts);
    return fmt::format("{} has capabilities that ktrace has not ({:#x}): that takes CAP_SYS_PTRACE; {}",
                       its_name(facts), facts.its->permitted & ~facts.ours->permitted, help);
  }
  const int scope = facts.yama_scope.value_or(0);
  if (scope == yama_descendants && !facts.descendant) {
    return fmt::format(
        "Yama lets programs trace only their own children (kernel.yama.ptrace_scope = 1): start the "
        "program with ktrace, or {}, or as root: sysctl kernel.yama.ptrace_scope=0",
        become_root);
  }
  if (scope == yama_privileged) {
    return fmt::format("Yama lets only CAP_SYS_PTRACE trace (kernel.yama.ptrace_scope = 2): {}", become_root);
  }
  return std::nullopt;
}

std::optional<std::string> refused_for_its_state(const RefusalFacts& facts) {
  if (!facts.survivors.empty()) {
    constexpr std::size_t most_named = 4;
    std::string named;
    const std::size_t count = std::min(facts.survivors.size(), most_named);
    for (std::size_t i = 0; i < count; ++i) named += fmt::format(", {}", facts.survivors[i].value);
    return fmt::format("the first thread of {} has ended: attach to one that has not{}{}", its_name(facts), named,
                       facts.survivors.size() > count ? ", ..." : "");
  }
  if (facts.process && (facts.process->state == 'Z' || facts.process->state == 'X')) {
    return fmt::format("{} has ended, and waits as a zombie for its parent {} to ask for its status", its_name(facts),
                       called({facts.process->parent.value}, facts.parent_name));
  }
  if (facts.its && facts.its->tracer.value != 0) {
    if (facts.traced_by_us) return its_name(facts) + " was attached before: it is named twice";
    return fmt::format("a process has one tracer at a time, and {} is that of {}: let it detach first",
                       called(facts.its->tracer, facts.tracer_name), its_name(facts));
  }
  return std::nullopt;
}

std::string not_permitted(const RefusalFacts& facts) {
  if (facts.process && facts.process->kernel_thread) {
    return its_name(facts) + " is a thread of the kernel: it makes no system calls and cannot be traced";
  }
  if (facts.same_process) return its_name(facts) + " is part of ktrace";
  if (auto why = refused_altogether(facts)) return *why;
  if (!is_privileged(facts)) {
    if (auto why = refused_by_ids(facts)) return *why;
  }
  if (facts.same_user_namespace == Known::no) return other_user_namespace(facts);
  if (!is_privileged(facts)) {
    if (auto why = refused_without_privilege(facts)) return *why;
  }
  if (auto why = refused_for_its_state(facts)) return *why;
  if (may_be_outside(facts)) return other_user_namespace(facts);
  if (!facts.security_label.empty()) {
    return fmt::format("no other rule forbids it: a security module may, which knows ktrace as '{}'",
                       escaped(facts.security_label));
  }
  return "no rule that shows forbids it: a security module (SELinux, AppArmor, Landlock) may";
}

}  // namespace

std::vector<std::string> explain_refusal(int error, const RefusalFacts& facts) {
  std::vector<std::string> lines;
  if (error == EPERM) {
    if (auto hint = strace_hint(facts)) lines.push_back(*std::move(hint));
    lines.push_back(not_permitted(facts));
  } else if (error == ESRCH) {
    lines.push_back(facts.process ? its_name(facts) + " was there, but ended in the meantime"
                                  : fmt::format("there is no process or thread {}: it has ended, or has another number "
                                                "in this PID namespace",
                                                facts.tid.value));
  } else if (error == ENOSYS) {
    lines.push_back(refused_altogether(facts).value_or("this system has no ptrace(2)"));
  }
  return lines;
}

}  // namespace ktrace::tracer
