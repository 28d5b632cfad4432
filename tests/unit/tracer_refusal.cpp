// Which rule refused an attach, told from facts: also for rules that this machine does not have, such as Yama.
#include "tracer/refusal.h"

#include <doctest/doctest.h>

#include <cerrno>

namespace ktrace::tracer {
namespace {

constexpr uint64_t sys_ptrace = uint64_t{1} << 19, net_raw = uint64_t{1} << 13;

Credentials::Ids all(uint32_t id) {
  return {.real = id, .effective = id, .saved = id};
}

// An attach of user 1000 to a process of his own, which nothing forbids.
RefusalFacts plain() {
  RefusalFacts facts;
  facts.tid = {42};
  facts.process = ProcessInfo{.id = {42}, .parent = {7}, .session = {7}, .state = 'S', .name = "cat"};
  facts.its = Credentials{.user = all(1000), .group = all(1000)};
  facts.ours = Credentials{.user = all(1000), .group = all(1000)};
  facts.same_user_namespace = RefusalFacts::Known::yes;
  facts.user_name = facts.own_name = "anna";
  facts.parent_name = "sh";
  return facts;
}

std::string last_line(const RefusalFacts& facts, int error = EPERM) {
  const auto lines = explain_refusal(error, facts);
  REQUIRE(!lines.empty());
  return lines.back();
}

bool says(const RefusalFacts& facts, std::string_view words, int error = EPERM) {
  const std::string line = last_line(facts, error);
  CAPTURE(line);
  return line.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("strace's second line is there as strace has it, and only one of them") {
  RefusalFacts facts = plain();
  CHECK(explain_refusal(EPERM, facts).size() == 1);
  facts.yama_scope = 1;
  CHECK(explain_refusal(EPERM, facts).front() == "sysctl kernel.yama.ptrace_scope = 1 may be restricting this attach");
  facts.may_signal = false;
  CHECK(explain_refusal(EPERM, facts).front() == "process 42 may be owned by a different user");
  facts.its->tracer = {99};
  CHECK(explain_refusal(EPERM, facts).front() == "Process 42 is already being traced by pid 99");
  CHECK(explain_refusal(EPERM, facts).size() == 2);
}

TEST_CASE("with CAP_SYS_PTRACE strace suspects neither other users nor Yama below 3") {
  RefusalFacts facts = plain();
  facts.ours->effective = sys_ptrace;
  facts.may_signal = false;
  facts.yama_scope = 2;
  CHECK(explain_refusal(EPERM, facts).size() == 1);
  facts.yama_scope = 3;
  CHECK(explain_refusal(EPERM, facts).front() == "sysctl kernel.yama.ptrace_scope = 3 may be restricting this attach");
}

TEST_CASE("kernel threads") {
  RefusalFacts facts = plain();
  facts.process->kernel_thread = true;
  CHECK(says(facts, "process 42 (cat) is a thread of the kernel"));
}

TEST_CASE("threads of ktrace itself") {
  RefusalFacts facts = plain();
  facts.same_process = true;
  CHECK(says(facts, "is part of ktrace"));
}

TEST_CASE("Yama's scopes") {
  RefusalFacts facts = plain();
  facts.yama_scope = 0;
  CHECK(says(facts, "security module"));
  facts.yama_scope = 1;
  CHECK(says(facts, "only their own children (kernel.yama.ptrace_scope = 1)"));
  CHECK(says(facts, "sysctl kernel.yama.ptrace_scope=0"));
  facts.descendant = true;
  CHECK(says(facts, "security module"));
  facts.yama_scope = 2;
  CHECK(says(facts, "only CAP_SYS_PTRACE trace (kernel.yama.ptrace_scope = 2)"));
  facts.own_child_refused = EPERM;  // as that scope does
  CHECK(says(facts, "kernel.yama.ptrace_scope = 2"));
  facts.ours->effective = sys_ptrace;
  CHECK_FALSE(says(facts, "ptrace_scope"));
  facts.yama_scope = 3;
  CHECK(says(facts, "ptrace_scope = 3 forbids all tracing"));
}

TEST_CASE("a seccomp filter that refuses ptrace(2) itself") {
  RefusalFacts facts = plain();
  facts.own_child_refused = EPERM;
  CHECK(says(facts, "the system refuses ptrace(2) itself"));
  facts.ours->seccomp = 2;
  CHECK(says(facts, "a seccomp filter refuses ptrace(2) itself"));
  facts.its->user = all(0);  // the filter comes first
  CHECK(says(facts, "a seccomp filter refuses ptrace(2) itself"));
  CHECK(says(facts, "a seccomp filter refuses ptrace(2) itself", ENOSYS));
  facts.own_child_refused.reset();
  CHECK(says(facts, "this system has no ptrace(2)", ENOSYS));
}

TEST_CASE("processes of other users") {
  RefusalFacts facts = plain();
  facts.its->user = all(0);
  facts.user_name = "root";
  CHECK(says(facts, "process 42 (cat) belongs to root (uid 0), and ktrace runs as anna (uid 1000)"));
  CHECK(says(facts, "sudo"));
  facts.user_name.clear();
  CHECK(says(facts, "belongs to uid 0"));
}

TEST_CASE("root without the capability is told that a container can give it") {
  RefusalFacts facts = plain();
  facts.ours->user = facts.ours->group = all(0);
  facts.own_name = "root";
  CHECK(says(facts, "ktrace runs as root, but without CAP_SYS_PTRACE"));
  CHECK(says(facts, "--cap-add=SYS_PTRACE"));
  facts.its->user = facts.its->group = all(0);
  facts.its->permitted = sys_ptrace;
  CHECK(says(facts, "--cap-add=SYS_PTRACE"));
}

TEST_CASE("setuid programs and other groups") {
  RefusalFacts facts = plain();
  facts.its->user.effective = facts.its->user.saved = 0;
  CHECK(says(facts, "runs a setuid program (real uid 1000, effective uid 0)"));
  facts = plain();
  facts.its->group.effective = 5;
  CHECK(says(facts, "has other group ids than ktrace (gid 1000, effective gid 5)"));
}

TEST_CASE("processes that are not dumpable, or have more capabilities") {
  RefusalFacts facts = plain();
  facts.dumpable = false;
  CHECK(says(facts, "is not dumpable"));
  facts = plain();
  facts.its->permitted = net_raw;
  CHECK(says(facts, "has capabilities that ktrace has not (0x2000)"));
  facts.ours->permitted = net_raw;
  CHECK(says(facts, "security module"));
}

TEST_CASE("user namespaces") {
  RefusalFacts facts = plain();
  facts.ours->effective = sys_ptrace;
  facts.same_user_namespace = RefusalFacts::Known::no;
  CHECK(says(facts, "is not in the user namespace of ktrace"));
  facts.same_user_namespace = RefusalFacts::Known::unknown;
  CHECK(says(facts, "security module"));
  facts.initial_user_namespace = false;
  CHECK(says(facts, "is not in the user namespace of ktrace"));
  facts.ours->effective = 0;
  facts.its->permitted = net_raw;
  CHECK(says(facts, "is not in the user namespace of ktrace"));
}

TEST_CASE("zombies and processes that have a tracer") {
  RefusalFacts facts = plain();
  facts.ours->effective = sys_ptrace;
  facts.process->state = 'Z';
  CHECK(says(facts, "waits as a zombie for its parent 7 (sh)"));
  facts.survivors = {{42}, {43}};
  CHECK(says(facts, "has ended: attach to one that has not, 42, 43"));
  facts.survivors.clear();
  facts.process->state = 'S';
  facts.its->tracer = {99};
  facts.tracer_name = "gdb";
  CHECK(says(facts, "99 (gdb) is that of process 42 (cat)"));
  facts.traced_by_us = true;
  CHECK(says(facts, "it is named twice"));
  facts.initial_user_namespace = false;  // what is sure comes before what may be
  facts.same_user_namespace = RefusalFacts::Known::unknown;
  CHECK(says(facts, "it is named twice"));
}

TEST_CASE("a security module is named if it has a name for ktrace") {
  RefusalFacts facts = plain();
  facts.security_label = "docker-default (enforce)";
  CHECK(says(facts, "knows ktrace as 'docker-default (enforce)'"));
}

TEST_CASE("processes that are not there") {
  RefusalFacts facts;
  facts.tid = {42};
  CHECK(says(facts, "there is no process or thread 42", ESRCH));
  CHECK(says(plain(), "ended in the meantime", ESRCH));
}

TEST_CASE("names cannot reach the terminal with control characters") {
  RefusalFacts facts = plain();
  facts.process->name = "\033[2Jx";
  facts.its->user = all(0);
  facts.user_name = "\033";
  facts.security_label = "\033";
  for (const std::string& line : explain_refusal(EPERM, facts)) CHECK(line.find('\033') == std::string::npos);
  facts.its->user = all(1000);
  for (const std::string& line : explain_refusal(EPERM, facts)) CHECK(line.find('\033') == std::string::npos);
}

}  // namespace ktrace::tracer
