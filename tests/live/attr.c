// Times and extended attributes of files.
// run: -e trace=/^(f|l)?(set|get|list|remove)xattr$|utimensat|utimes$|utime$
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include "live.h"

static void test_xattr(void) {
  static const char value[] = "system_u:object";
  long rc = syscall(SYS_setxattr, "/no/such", "user.name", value, sizeof value, XATTR_CREATE);
  expect("setxattr(\"/no/such\", \"user.name\", \"system_u:object\", 16, XATTR_CREATE) = %s", result(rc));
  rc = syscall(SYS_lsetxattr, "/no/such", "user.name", value, 4, 7);
  expect("lsetxattr(\"/no/such\", \"user.name\", \"syst\", 4, XATTR_CREATE|XATTR_REPLACE|0x4) = %s", result(rc));
  rc = syscall(SYS_fsetxattr, -1, "user.name", NULL, 0, 0);
  expect("fsetxattr(-1, \"user.name\", NULL, 0, 0) = %s", result(rc));
  static char room[64];
  rc = syscall(SYS_getxattr, "/no/such", "user.name", room, sizeof room);
  expect("getxattr(\"/no/such\", \"user.name\", %s, 64) = %s", address(room), result(rc));
  rc = syscall(SYS_listxattr, "/no/such", room, 0);
  expect("listxattr(\"/no/such\", %s, 0) = %s", address(room), result(rc));
  rc = syscall(SYS_fremovexattr, 77777, "user.name");
  expect("fremovexattr(77777, \"user.name\") = %s", result(rc));
}

static void test_own_xattr(const char* name) {
  static char room[64];
  if (setxattr(name, "user.kt", "value", 6, 0)) return;
  expect("setxattr(\"%s\", \"user.kt\", \"value\", 6, 0) = 0", name);
  long rc = syscall(SYS_getxattr, name, "user.kt", room, sizeof room);
  expect("getxattr(\"%s\", \"user.kt\", \"value\", 64) = %s", name, result(rc));
  rc = syscall(SYS_listxattr, name, room, sizeof room);
  expect("listxattr(\"%s\", \"user.kt\\0\", 64) = %s", name, result(rc));
}

static void test_times(void) {
  const struct timespec times[2] = {{5, 7}, {0, UTIME_OMIT}};
  char date[64], zone[16];
  const time_t five = 5;
  struct tm tm;
  localtime_r(&five, &tm);
  strftime(date, sizeof date, "%FT%T", &tm);
  strftime(zone, sizeof zone, "%z", &tm);
  const long kernel[4] = {times[0].tv_sec, times[0].tv_nsec, times[1].tv_sec, times[1].tv_nsec};
  long rc = syscall(SYS_utimensat, AT_FDCWD, "/no/such", kernel, AT_SYMLINK_NOFOLLOW);
  expect(
      "utimensat(AT_FDCWD, \"/no/such\", [{tv_sec=5, tv_nsec=7} /* %s.000000007%s */, UTIME_OMIT], "
      "AT_SYMLINK_NOFOLLOW) = %s",
      date, zone, result(rc));
  rc = syscall(SYS_utimensat, 77777, NULL, NULL, 0);
  expect("utimensat(77777, NULL, NULL, 0) = %s", result(rc));
#ifdef SYS_utimes
  const long values[4] = {5, 7, 0, 0};
  rc = syscall(SYS_utimes, "/no/such", values);
  expect("utimes(\"/no/such\", [{tv_sec=5, tv_usec=7} /* %s.000007%s */, {tv_sec=0, tv_usec=0}]) = %s", date, zone,
         result(rc));
#endif
#ifdef SYS_utime
  const long pair[2] = {0, 5};
  rc = syscall(SYS_utime, "/no/such", pair);
  expect("utime(\"/no/such\", {actime=0, modtime=5 /* %s%s */}) = %s", date, zone, result(rc));
#endif
}

int main(int argc, char** argv) {
  char name[] = "/tmp/ktrace_attr_XXXXXX";
  close(mkstemp(name));
  tzset();
  if (setxattr(name, "user.kt", "value", 6, 0)) live_skip("no extended attributes in /tmp");
  live_begin(argc, argv);
  test_xattr();
  test_own_xattr(name);
  test_times();
  unlink(name);
  live_end();
}
