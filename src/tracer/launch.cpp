#include "tracer/launch.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

namespace ktrace::tracer {
namespace {

// Everything the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct Prepared {
  explicit Prepared(const Launch& what) : launch(what) {
    for (const std::string& word : what.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    for (const std::string& entry : what.environment) environment.push_back(const_cast<char*>(entry.c_str()));
    environment.push_back(nullptr);
  }

  const Launch& launch;
  std::vector<char*> argv;
  std::vector<char*> environment;
  UniqueFd wait_here;  // the pipe's ends
  UniqueFd go;
};

void say(std::string_view text) {
  const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  static_cast<void>(written);  // there is nobody left to tell
}

[[noreturn]] void give_up(const Prepared& prepared, std::string_view step) {
  const char* reason = ::strerrordesc_np(errno);  // async-signal-safe, unlike strerror(3)
  say(prepared.launch.program_name);
  say(": ");
  say(step);
  say(": ");
  say(reason ? reason : "Unknown error");
  say("\n");
  ::_exit(1);
}

// A ktrace that is installed setuid or setgid gives its rights to nobody: the command gets those of the caller.
void change_user(const Prepared& prepared) {
  const auto& user = prepared.launch.user;
  if (!user) {
    if (::getegid() != ::getgid() && ::setregid(::getgid(), ::getgid()) != 0) give_up(prepared, "setregid");
    if (::geteuid() != ::getuid() && ::setreuid(::getuid(), ::getuid()) != 0) give_up(prepared, "setreuid");
    return;
  }
  if (::setgroups(user->groups.size(), user->groups.data()) != 0) give_up(prepared, "setgroups");
  if (::setregid(user->gid, user->gid) != 0) give_up(prepared, "setregid");
  if (::setreuid(user->uid, user->uid) != 0) give_up(prepared, "setreuid");
}

// The tracer sees whether it worked. Without CAP_SYS_ADMIN it takes no_new_privs.
void install_filter(const Prepared& prepared) {
  if (prepared.launch.filter.empty()) return;
  // The program is not changed by the kernel, which yet wants a pointer to non-const.
  const sock_fprog program{.len = static_cast<unsigned short>(prepared.launch.filter.size()),
                           .filter = const_cast<sock_filter*>(prepared.launch.filter.data())};
  const auto install = [&program] { return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0; };
  if (install() || errno != EACCES) return;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) install();
}

// Runs in the child, or with -D in what was ktrace itself.
[[noreturn]] void become_command(Prepared& prepared, const Signals& signals) {
  ::close(prepared.go.get());  // or the end of a tracer that dies would not show as the end of the pipe
  signals.restore();
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::read(prepared.wait_here.get(), &byte, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(1);  // the tracer could not seize us and has said why
  install_filter(prepared);
  change_user(prepared);  // behind the filter, which is then put on with the rights for it
  if (prepared.launch.daemonize != Launch::Daemonize::no) ::prctl(PR_SET_PTRACER, 0, 0, 0, 0);
  ::execve(prepared.launch.path.c_str(), prepared.argv.data(), prepared.environment.data());
  give_up(prepared, "exec");
}

Result<StartedChild> start_below(Prepared& prepared, const Signals& signals) {
  const pid_t child = ::fork();
  if (child < 0) return Error{errno, std::string("fork: ") + std::strerror(errno)};
  if (child == 0) become_command(prepared, signals);
  return StartedChild{.tid = {child}, .go = std::move(prepared.go)};
}

// The process forks twice and goes on as the command, so that whoever waits for it sees only the command. The tracer is
// the grandchild, by then nobody's child.
Result<StartedChild> start_daemonized(Prepared& prepared, const Signals& signals) {
  const pid_t command = ::getpid();
  // Where Yama lets only ancestors trace, the tracer needs leave, until just before the execve. Elsewhere this fails.
  ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  const pid_t middle = ::fork();
  if (middle < 0) return Error{errno, std::string("fork: ") + std::strerror(errno)};
  if (middle > 0) {
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    become_command(prepared, signals);
  }
  const pid_t tracer = ::fork();
  if (tracer != 0) ::_exit(tracer < 0 ? 1 : 0);
  if (prepared.launch.daemonize == Launch::Daemonize::process_group) ::setpgid(0, 0);
  if (prepared.launch.daemonize == Launch::Daemonize::session) ::setsid();
  return StartedChild{.tid = {command}, .go = std::move(prepared.go)};
}

}  // namespace

Result<StartedChild> start(const Launch& what, const Signals& signals) {
  Prepared prepared(what);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{errno, std::string("pipe2: ") + std::strerror(errno)};
  prepared.wait_here.reset(ends[0]);
  prepared.go.reset(ends[1]);
  if (what.daemonize == Launch::Daemonize::no) return start_below(prepared, signals);
  return start_daemonized(prepared, signals);
}

}  // namespace ktrace::tracer
