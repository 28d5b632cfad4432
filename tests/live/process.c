// New processes and programs: flags of clone and what they bring, argument vectors, environments, namespaces.
// run: -e trace=clone,clone3,fork,vfork,execve,execveat,unshare,setns,exit -e signal=none
// run: -v -e trace=execve,execveat -e signal=none
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "live.h"

static long clone_call(unsigned long flags, void* stack, int* parent, int* child) {
#ifdef __x86_64__
  return syscall(SYS_clone, flags, stack, parent, child, 0);
#else
  return syscall(SYS_clone, flags, stack, parent, 0, child);
#endif
}

static void children(void) {
  int* tid = tail(sizeof(int));
  long pid = clone_call(SIGCHLD, NULL, NULL, NULL);
  if (pid == 0) _exit(0);
  expect("clone(child_stack=NULL, flags=SIGCHLD) = %ld", pid);
  pid = clone_call(CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, NULL, tid, tid);
  if (pid == 0) _exit(0);
  expect(
      "clone(child_stack=NULL, flags=CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
      "parent_tid=[%ld], child_tidptr=%p) = %ld",
      pid, tid, pid);
  pid = clone_call(CLONE_SIGHAND | CLONE_PARENT_SETTID | 65, tid, tid, NULL);
  expect("clone(child_stack=%p, flags=CLONE_SIGHAND|CLONE_PARENT_SETTID|65, parent_tid=%p) = %s", tid, tid,
         result(pid));
#ifdef SYS_fork
  pid = syscall(SYS_fork);
  if (pid == 0) _exit(0);
  expect("fork() = %ld", pid);
#endif
  while (wait(NULL) > 0) {
  }
}

static void clone3_calls(void) {
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    uint64_t more[2];
  } args = {.exit_signal = SIGCHLD};
  int* parent = tail(sizeof(int));
  long pid = syscall(SYS_clone3, &args, 64);
  if (pid == 0) _exit(0);
  expect("clone3({flags=0, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 64) = %ld", pid);
  args.flags = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID;
  args.parent_tid = args.child_tid = (uintptr_t)parent;
  pid = syscall(SYS_clone3, &args, 88);
  if (pid == 0) _exit(0);
  expect(
      "clone3({flags=CLONE_PARENT_SETTID|CLONE_CHILD_SETTID, child_tid=%p, parent_tid=%p, exit_signal=SIGCHLD, "
      "stack=NULL, stack_size=0} => {parent_tid=[%ld]}, 88) = %ld",
      parent, parent, pid, pid);
  args.flags = CLONE_THREAD | 0x200000000;
  args.exit_signal = 900;
  args.stack = 0x1000;
  args.stack_size = 0x2000;
  args.cgroup = 5;
  pid = syscall(SYS_clone3, &args, 88);
  expect(
      "clone3({flags=CLONE_THREAD|CLONE_INTO_CGROUP, exit_signal=900, stack=0x1000, stack_size=0x2000, cgroup=5}, "
      "88) = %s",
      result(pid));
  pid = syscall(SYS_clone3, &args, 63);
  expect("clone3(%p, 63) = %s", &args, result(pid));
  pid = syscall(SYS_clone3, unmapped(), 88);
  expect("clone3(%p, 88) = %s", unmapped(), result(pid));
  while (wait(NULL) > 0) {
  }
}

static void programs(void) {
  char* arguments[] = {"name", "with\ttab", "a string that is longer than what is shown of it", NULL};
  char* environment[] = {"A=1", "B=2", NULL};
  char** cut = tail_copy(arguments, 2 * sizeof arguments[0]);
  const bool v = live_run == 1;
  long rc = syscall(SYS_execve, "/nonexistent\n", arguments, environment);
  expect("execve(\"/nonexistent\\n\", [\"name\", \"with\\ttab\", \"a string that is longer than wha\"...], %s) = %s",
         v ? "[\"A=1\", \"B=2\"]" : format("%p /* 2 vars */", environment), result(rc));
  rc = syscall(SYS_execve, "/nonexistent", cut, environment + 1);
  expect("execve(\"/nonexistent\", [\"name\", \"with\\ttab\", ... /* %p */], %s) = %s", cut + 2,
         v ? "[\"B=2\"]" : format("%p /* 1 var */", environment + 1), result(rc));
  rc = syscall(SYS_execve, "/nonexistent", environment + 2, cut);
  expect("execve(\"/nonexistent\", [], %s) = %s",
         v ? format("[\"name\", \"with\\ttab\", ... /* %p */]", cut + 2) : format("%p /* 2 vars, unterminated */", cut),
         result(rc));
  rc = syscall(SYS_execve, unmapped(), unmapped(), unmapped());
  expect("execve(%p, %p, %p) = %s", unmapped(), unmapped(), unmapped(), result(rc));
  rc = syscall(SYS_execve, "", NULL, NULL);
  expect("execve(\"\", NULL, NULL) = %s", result(rc));
  rc = syscall(SYS_execveat, AT_FDCWD, "nonexistent", arguments + 3, NULL, 0x1100);
  expect("execveat(AT_FDCWD, \"nonexistent\", [], NULL, AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH) = %s", result(rc));
  rc = syscall(SYS_execveat, -1, "", NULL, NULL, 4);
  expect("execveat(-1, \"\", NULL, NULL, 0x4 /* AT_??? */) = %s", result(rc));
}

static void namespaces(void) {
  long rc = syscall(SYS_unshare, 0x8000001);
  expect("unshare(CLONE_NEWIPC|0x1) = %s", result(rc));
  rc = syscall(SYS_unshare, 1);
  expect("unshare(0x1 /* CLONE_??? */) = %s", result(rc));
  rc = syscall(SYS_setns, -1, 0x20000080);
  expect("setns(-1, CLONE_NEWTIME|CLONE_NEWPID) = %s", result(rc));
  rc = syscall(SYS_setns, -1, 17);
  expect("setns(-1, 0x11 /* CLONE_NEW??? */) = %s", result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  sigset_t blocked;  // else SIGCHLD makes clone start again
  sigfillset(&blocked);
  sigprocmask(SIG_BLOCK, &blocked, NULL);
  live_begin(argc, argv);
  if (live_run == 0) {
    children();
    clone3_calls();
    namespaces();
  }
  programs();
  live_end();
}
