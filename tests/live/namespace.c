// --namespace=new: which namespaces were entered. Needs privileges.
// run: -e trace=unshare,setns --namespace=new
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "live.h"

// `net:[4026531840]`
static const char* own(const char* name) {
  static char text[4][64];
  static unsigned next;
  char path[64], *to = text[next++ % 4];
  snprintf(path, sizeof path, "/proc/self/ns/%s", name);
  const ssize_t n = readlink(path, to, 63);
  to[n < 0 ? 0 : n] = 0;
  return to;
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  const int before = open("/proc/self/ns/uts", O_RDONLY);
  long rc = syscall(SYS_unshare, CLONE_NEWUTS | CLONE_NEWIPC);
  if (rc != 0) live_skip("needs CAP_SYS_ADMIN");
  expect("unshare(CLONE_NEWUTS|CLONE_NEWIPC) = 0 (%s, %s)", own("ipc"), own("uts"));
  rc = syscall(SYS_unshare, CLONE_FILES);
  expect("unshare(CLONE_FILES) = %s", result(rc));
  rc = syscall(SYS_setns, before, CLONE_NEWUTS);
  expect("setns(%d, CLONE_NEWUTS) = %s (%s)", before, result(rc), own("uts"));
  rc = syscall(SYS_setns, before, 0);
  expect("setns(%d, 0) = %s", before, result(rc));
  rc = syscall(SYS_setns, -1, CLONE_NEWUTS);
  expect("setns(-1, CLONE_NEWUTS) = %s", result(rc));
  live_end();
}
