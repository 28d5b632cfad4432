// The stat family: abbreviated to type and size (or device), and in full with the moments as comments.
// run: -e trace=%%stat
// run: -v -e trace=%%stat
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "live.h"

#if defined __x86_64__ || defined __aarch64__
#define NR_stat_at SYS_newfstatat
#define NR_fstat SYS_fstat
#define STAT "newfstatat"
#define FSTAT "fstat"
#else
#define NR_stat_at SYS_fstatat64
#define NR_fstat SYS_fstat64
#define STAT "fstatat64"
#define FSTAT "fstat64"
#endif

static const char* hex(unsigned n) {
  return n ? format("%#x", n) : "0";
}

static const char* moment(long long seconds, long nanoseconds) {
  if (!seconds && !nanoseconds) return "";
  char date[64], zone[16], fraction[16] = "";
  const time_t t = (time_t)seconds;
  struct tm tm;
  localtime_r(&t, &tm);
  strftime(date, sizeof date, "%FT%T", &tm);
  strftime(zone, sizeof zone, "%z", &tm);
  if (nanoseconds) snprintf(fraction, sizeof fraction, ".%09ld", nanoseconds);
  return format(" /* %s%s%s */", date, fraction, zone);
}

static const char* file_type(mode_t mode) {
  return S_ISREG(mode)   ? "S_IFREG"
         : S_ISDIR(mode) ? "S_IFDIR"
         : S_ISCHR(mode) ? "S_IFCHR"
         : S_ISLNK(mode) ? "S_IFLNK"
                         : "?";
}

static const char* mode_text(mode_t mode) {
  return format("%s%s%s|%#03o", file_type(mode), mode & S_ISGID ? "|S_ISGID" : "", mode & S_ISVTX ? "|S_ISVTX" : "",
                mode & 0777);
}

static const char* device(unsigned long long dev) {
  return format("makedev(%s, %s)", hex(gnu_dev_major(dev)), hex(gnu_dev_minor(dev)));
}

static const char* size_text(const struct stat64* st) {
  return S_ISCHR(st->st_mode) ? format("st_rdev=%s", device(st->st_rdev))
                              : format("st_size=%llu", (unsigned long long)st->st_size);
}

static const char* stat_text(const struct stat64* st) {
  if (live_run == 0) return format("{st_mode=%s, %s, ...}", mode_text(st->st_mode), size_text(st));
  const char* times = format(
      "st_atime=%lld%s, st_atime_nsec=%lu, st_mtime=%lld%s, st_mtime_nsec=%lu, st_ctime=%lld%s, st_ctime_nsec=%lu",
      (long long)st->st_atime, moment(st->st_atime, (long)st->st_atim.tv_nsec), (unsigned long)st->st_atim.tv_nsec,
      (long long)st->st_mtime, moment(st->st_mtime, (long)st->st_mtim.tv_nsec), (unsigned long)st->st_mtim.tv_nsec,
      (long long)st->st_ctime, moment(st->st_ctime, (long)st->st_ctim.tv_nsec), (unsigned long)st->st_ctim.tv_nsec);
  return format(
      "{st_dev=%s, st_ino=%llu, st_mode=%s, st_nlink=%lu, st_uid=%u, st_gid=%u, st_blksize=%lu, st_blocks=%llu, %s, "
      "%s}",
      device(st->st_dev), (unsigned long long)st->st_ino, mode_text(st->st_mode), (unsigned long)st->st_nlink,
      st->st_uid, st->st_gid, (unsigned long)st->st_blksize, (unsigned long long)st->st_blocks, size_text(st), times);
}

static void test_stat(const char* path) {
  struct stat64* st = tail(sizeof *st);
  long rc = syscall(NR_stat_at, AT_FDCWD, path, st, 0);
  expect(STAT "(AT_FDCWD, \"%s\", %s, 0) = %s", path, stat_text(st), result(rc));
  rc = syscall(NR_stat_at, 77777, path, st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | 1);
  if (path[0] == '/' && rc == 0)
    expect(STAT "(77777, \"%s\", %s, AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT|AT_EMPTY_PATH|0x1) = %s", path, stat_text(st),
           result(rc));
  else
    expect(STAT "(77777, \"%s\", %s, AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT|AT_EMPTY_PATH|0x1) = %s", path, address(st),
           result(rc));
}

static void test_failures(void) {
  struct stat64 st;
  long rc = syscall(NR_stat_at, AT_FDCWD, "", &st, 0);
  expect(STAT "(AT_FDCWD, \"\", %s, 0) = %s", address(&st), result(rc));
  rc = syscall(NR_fstat, 77777, &st);
  expect(FSTAT "(77777, %s) = %s", address(&st), result(rc));
  rc = syscall(NR_stat_at, AT_FDCWD, "/", NULL, AT_SYMLINK_FOLLOW | AT_REMOVEDIR | AT_RECURSIVE);
  expect(STAT "(AT_FDCWD, \"/\", NULL, AT_REMOVEDIR|AT_SYMLINK_FOLLOW|AT_RECURSIVE) = %s", result(rc));
  rc = syscall(NR_stat_at, AT_FDCWD, "/", unmapped(), 0);
  expect(STAT "(AT_FDCWD, \"/\", %s, 0) = %s", address(unmapped()), result(rc));
}

int main(int argc, char** argv) {
  struct stat st;
  stat("/", &st);  // the time zone is read now, not between the marks
  tzset();
  live_begin(argc, argv);
  test_stat("/");
  test_stat("/dev/null");
  test_stat("/proc/self/exe");
  test_failures();
  struct stat64 own;
  const long rc = syscall(NR_fstat, 0, &own);
  if (rc == 0 && (S_ISCHR(own.st_mode) || S_ISREG(own.st_mode))) {
    expect(FSTAT "(0, %s) = 0", stat_text(&own));
  } else {
    live_skip("standard input is neither a device nor a file");
  }
  live_end();
}
