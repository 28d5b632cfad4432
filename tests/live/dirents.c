// Directory entries: their number, and themselves under -v.
// run: -e trace=getdents,getdents64
// run: -v -e trace=getdents,getdents64
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "live.h"

struct entry64 {
  uint64_t d_ino;
  int64_t d_off;
  unsigned short d_reclen;
  unsigned char d_type;
  char d_name[];
};
struct entry {
  unsigned long d_ino;
  unsigned long d_off;
  unsigned short d_reclen;
  char d_name[];
};

static char* const types[] = {"DT_UNKNOWN", "DT_FIFO", "DT_CHR", "?", "DT_DIR", "?",
                              "DT_BLK",     "?",       "DT_REG", "?", "DT_LNK"};

static void show64(int fd, const char* buffer, long rc) {
  static char list[8192];
  char* p = list;
  int count = 0;
  for (long at = 0; at < rc; count++) {
    const struct entry64* e = (const void*)(buffer + at);
    p += sprintf(p, "%s{d_ino=%llu, d_off=%lld, d_reclen=%u, d_type=%s, d_name=\"%s\"}", count ? ", " : "",
                 (unsigned long long)e->d_ino, (long long)e->d_off, e->d_reclen, types[e->d_type], e->d_name);
    at += e->d_reclen;
  }
  *p = 0;
  if (live_run)
    expect("getdents64(%d, [%s], 2000) = %ld", fd, list, rc);
  else
    expect("getdents64(%d, %s /* %d entries */, 2000) = %ld", fd, address(buffer), count, rc);
}

#ifdef SYS_getdents
static void show(int fd, const char* buffer, long rc) {
  static char list[8192];
  char* p = list;
  int count = 0;
  for (long at = 0; at < rc; count++) {
    const struct entry* e = (const void*)(buffer + at);
    p += sprintf(p, "%s{d_ino=%lu, d_off=%lu, d_reclen=%u, d_name=\"%s\", d_type=%s}", count ? ", " : "", e->d_ino,
                 e->d_off, e->d_reclen, e->d_name, types[(int)buffer[at + e->d_reclen - 1]]);
    at += e->d_reclen;
  }
  *p = 0;
  if (live_run)
    expect("getdents(%d, [%s], 2000) = %ld", fd, list, rc);
  else
    expect("getdents(%d, %s /* %d entries */, 2000) = %ld", fd, address(buffer), count, rc);
}
#endif

int main(int argc, char** argv) {
  char name[] = "/tmp/ktrace_dirents_XXXXXX";
  if (!mkdtemp(name) || chdir(name)) return 1;
  close(open("a file with a name that is longer than thirty-two characters", O_CREAT | O_RDWR, 0600));
  mkfifo("pipe", 0600);
  if (symlink("nowhere", "a link")) return 1;
  const int fd = open(".", O_RDONLY | O_DIRECTORY);
  char* buffer = tail(2000);
  live_begin(argc, argv);
  long rc = syscall(SYS_getdents64, fd, buffer, 2000);
  show64(fd, buffer, rc);
  rc = syscall(SYS_getdents64, fd, buffer, 2000);
  show64(fd, buffer, rc);
  rc = syscall(SYS_getdents64, fd, buffer, 3);
  const char* empty = live_run ? "[]" : format("%s /* 0 entries */", address(buffer));
  expect("getdents64(%d, %s, 3) = %s", fd, rc == 0 ? empty : address(buffer), result(rc));
  rc = syscall(SYS_getdents64, 77777, NULL, 5);
  expect("getdents64(77777, NULL, 5) = %s", result(rc));
#ifdef SYS_getdents
  lseek(fd, 0, SEEK_SET);
  rc = syscall(SYS_getdents, fd, buffer, 2000);
  show(fd, buffer, rc);
#endif
  unlink("a file with a name that is longer than thirty-two characters");
  unlink("pipe");
  unlink("a link");
  rmdir(name);
  live_end();
}
