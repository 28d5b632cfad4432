// Facts for refusal.h, from /proc and from a try with a child of our own.

#include <pwd.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "base/own_proc.h"
#include "tracer/ptrace_calls.h"
#include "tracer/refusal.h"
#include "tracer/tracee.h"

namespace ktrace::tracer {
namespace {

std::string proc(Tid tid, const char* name) {
  return "/proc/" + std::to_string(base::proc_number(tid.value)) + "/" + name;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line, '\n');
  return line.substr(0, line.find('\0'));
}

std::string name_of_user(uint32_t id) {
  const passwd* entry = ::getpwuid(id);
  return entry ? entry->pw_name : std::string();
}

std::string name_of_process(Tid tid) {
  const auto info = read_process({tid.value});
  return info ? info->name : std::string();
}

// Whether ptrace(2) works for a child, which no rule but those against ptrace(2) itself forbids. An errno if not.
std::optional<int> try_own_child() {
  const pid_t child = ::fork();
  if (child < 0) return std::nullopt;
  if (child == 0) {
    for (;;) ::pause();
  }
  const int error = ptrace::seize({child}, 0);
  const auto its = read_credentials({child});
  const bool taken = its && its->tracer.value != 0;  // by who traces us and follows our children
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  return error == 0 || taken ? std::nullopt : std::optional(error);
}

bool is_descendant(Tgid id) {
  const Tgid own{::getpid()};
  for (auto info = read_process(id); info && info->parent.value > 0; info = read_process(info->parent)) {
    if (info->parent == own) return true;
  }
  return false;
}

// Most files in /proc/PID belong to root instead of the process's user when it is not dumpable (proc(5)).
bool looks_dumpable(Tid tid, const Credentials& its) {
  struct stat status {};
  return ::stat(proc(tid, "stat").c_str(), &status) != 0 || status.st_uid == its.user.effective;
}

RefusalFacts::Known shares_user_namespace(Tid tid) {
  using Known = RefusalFacts::Known;
  struct stat ours {
  }, its{};
  if (::stat("/proc/self/ns/user", &ours) != 0 || ::stat(proc(tid, "ns/user").c_str(), &its) != 0)
    return Known::unknown;
  return ours.st_ino == its.st_ino && ours.st_dev == its.st_dev ? Known::yes : Known::no;
}

bool is_in_initial_user_namespace() {
  unsigned long inside = 1, outside = 1, count = 0;
  std::ifstream map("/proc/self/uid_map");
  map >> inside >> outside >> count;
  return inside == 0 && outside == 0 && count == UINT_MAX;
}

std::optional<int> read_yama_scope() {
  std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  return file >> scope ? std::optional(scope) : std::nullopt;
}

}  // namespace

RefusalFacts gather_refusal_facts(Tid tid) {
  RefusalFacts facts;
  facts.tid = tid;
  facts.own_child_refused = try_own_child();
  facts.yama_scope = read_yama_scope();
  facts.ours = read_credentials({::getpid()});
  if (facts.ours) facts.own_name = name_of_user(facts.ours->user.real);
  facts.initial_user_namespace = is_in_initial_user_namespace();
  const std::string label = first_line("/proc/self/attr/current");
  if (label != "unconfined") facts.security_label = label;

  facts.its = read_credentials(tid);
  facts.process = read_process({tid.value});
  if (!facts.its || !facts.process) return facts;
  const auto family = read_family(tid);
  facts.same_process = family && family->group.value == ::getpid();
  facts.may_signal = ::syscall(SYS_tkill, tid.value, 0) == 0 || errno != EPERM;
  facts.dumpable = looks_dumpable(tid, *facts.its);
  facts.descendant = is_descendant({tid.value});
  facts.same_user_namespace = shares_user_namespace(tid);
  facts.user_name = name_of_user(facts.its->user.real);
  facts.traced_by_us = facts.its->tracer.value == ::getpid();
  if (facts.its->tracer.value != 0) facts.tracer_name = name_of_process(facts.its->tracer);
  if (facts.process->state == 'Z') {
    facts.survivors = list_threads({tid.value});
    std::erase(facts.survivors, tid);
  }
  facts.parent_name = name_of_process({facts.process->parent.value});
  return facts;
}

}  // namespace ktrace::tracer
