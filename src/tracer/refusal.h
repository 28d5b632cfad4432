// Why a process could not be attached, and what would help.
//
// ptrace(2) says EPERM for a dozen rules. The kernel asks them in a fixed order ("Ptrace access mode checking" in
// ptrace(2)): a seccomp filter before the call begins, kernel threads, ids and CAP_SYS_PTRACE, dumpability,
// capabilities and user namespaces, Yama and other security modules, then whether the process has ended or has a
// tracer. Which of them it was is worked out here from facts in the same order: gathering (refusal_facts.cpp) is apart
// from judging, so that rules which this machine does not have can be tested as well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ktrace/base/ids.h"
#include "tracer/process_info.h"

namespace ktrace::tracer {

struct RefusalFacts {
  enum class Known : uint8_t { no, yes, unknown };

  Tid tid;                               // that was to be attached
  std::optional<ProcessInfo> process;    // nothing: there is none
  std::optional<Credentials> its, ours;  // who it is, who ktrace is
  bool same_process = false;             // it is a thread of ktrace
  std::vector<Tid> survivors;            // threads of a process whose leader has ended
  bool traced_by_us = false;             // its tracer is this ktrace
  bool may_signal = true;                // kill(2) is not refused
  bool dumpable = true;                  // false: its files in /proc belong to somebody else
  bool descendant = false;               // it has ktrace among its ancestors
  Known same_user_namespace = Known::unknown;
  bool initial_user_namespace = true;    // ktrace is there: no container with users of its own
  std::optional<int> yama_scope;         // kernel.yama.ptrace_scope; nothing: no Yama
  std::optional<int> own_child_refused;  // errno: ptrace(2) is refused even for a child of ktrace
  std::string tracer_name, parent_name;  // of `its->tracer` and `process->parent`
  std::string user_name, own_name;       // of the real user ids; may be empty
  std::string security_label;            // what a security module calls ktrace; empty: nothing special
};

// Reads all that from /proc, for a thread that has just been refused. Starts and ends a child.
RefusalFacts gather_refusal_facts(Tid tid);

// Lines to be shown after "attach: ptrace(PTRACE_SEIZE, ...): ...", without a program's name: what strace 7.2 adds to
// it, if it does, and then the rule and what can be done.
std::vector<std::string> explain_refusal(int error, const RefusalFacts& facts);

}  // namespace ktrace::tracer
