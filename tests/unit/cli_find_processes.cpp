#include "cli/find_processes.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using ktrace::Tid;
using ktrace::cli::find_processes;
using ktrace::cli::is_called;

namespace {

// A child that sleeps under a name of its own, which it has when the constructor returns: it stops itself to say so.
class Sleeper {
 public:
  explicit Sleeper(const char* name) : pid_(fork()) {
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prctl(PR_SET_NAME, name);
      raise(SIGSTOP);
      for (;;) pause();
    }
    int status = 0;
    REQUIRE(waitpid(pid_, &status, WUNTRACED) == pid_);
    REQUIRE(WIFSTOPPED(status));
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] Tid tid() const { return {pid_}; }

 private:
  pid_t pid_;
};

}  // namespace

TEST_CASE("a pattern without blanks and slashes is a whole name or a whole file name of argv[0]") {
  CHECK(is_called("nginx", "nginx", {"nginx: worker"}));
  CHECK(is_called("nginx", "other", {"/usr/sbin/nginx", "-g"}));
  CHECK(is_called("ngin?", "nginx", {}));
  CHECK(is_called("*ginx", "x", {"nginx"}));
  CHECK_FALSE(is_called("nginx", "nginx-debug", {"/opt/nginx-debug"}));
  CHECK_FALSE(is_called("sh", "bash", {"/bin/bash"}));
  CHECK_FALSE(is_called("conf", "nginx", {"/usr/sbin/nginx", "conf"}));
  CHECK(is_called("a-program-of-a-long-name", "a-program-of-a-", {"/opt/a-program-of-a-long-name"}));
}

TEST_CASE("a pattern with a blank or a slash is the whole command line") {
  CHECK(is_called("python3 /srv/app.py", "python3", {"python3", "/srv/app.py"}));
  CHECK(is_called("*/app.py *", "python3", {"python3", "/srv/app.py", "--port", "1"}));
  CHECK_FALSE(is_called("*/app.py", "python3", {"python3", "/srv/app.py", "--port"}));
  CHECK_FALSE(is_called("/usr/sbin/nginx", "nginx", {}));
}

TEST_CASE("all processes of a name are found, in the order of their numbers") {
  const Sleeper one("kt-unit-sleeper"), two("kt-unit-sleeper"), other("kt-unit-other");
  const auto found = find_processes("kt-unit-sleepe?");
  REQUIRE(found);
  std::vector<Tid> expected{one.tid(), two.tid()};
  std::sort(expected.begin(), expected.end());
  CHECK(*found == expected);
}

TEST_CASE("nobody of a name is an error, and so are kernel threads and ourselves") {
  const auto found = find_processes("kt-unit-nobody");
  REQUIRE_FALSE(found);
  CHECK(found.error().what == "--attach-name: no process is called 'kt-unit-nobody'");
  CHECK_FALSE(find_processes("kthreadd"));
  CHECK_FALSE(find_processes("unit_cli"));
}
