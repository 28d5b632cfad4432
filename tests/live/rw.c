// Reading and writing, plain and with vectors: what the result says was moved, limits of -s and of the page.
// run: -e trace=read,write,pread64,pwrite64,readv,writev,preadv,pwritev,preadv2,pwritev2
// run: -s4 -e trace=read,write,pread64,pwrite64,readv,writev,preadv,pwritev,preadv2,pwritev2
#include <fcntl.h>
#include <sys/uio.h>

#include "live.h"

// The halves of a 64-bit argument; on ARM they begin in an even register.
#ifdef __arm__
#define WIDE(low, high) 0L, low, high
#else
#define WIDE(low, high) low, high
#endif

#define SHORT (live_run == 1)

static int file;

static void test_plain(void) {
  char* buffer = tail(64);
  long rc = syscall(SYS_write, file, "0123456789\n\0\177\377\"", 15);
  expect("write(%d, \"%s, 15) = %s", file, SHORT ? "0123\"..." : "0123456789\\n\\0\\177\\377\\\"\"", result(rc));
  rc = syscall(SYS_write, file, NULL, 0);
  expect("write(%d, NULL, 0) = %s", file, result(rc));
  rc = syscall(SYS_write, file, unmapped(), 5);
  expect("write(%d, %s, 5) = %s", file, address(unmapped()), result(rc));
  rc = syscall(SYS_write, -1, "ab", (size_t)2);
  expect("write(-1, \"ab\", 2) = %s", result(rc));
  rc = syscall(SYS_read, file, buffer, 64);
  expect("read(%d, \"\", 64) = %s", file, result(rc));
  rc = syscall(SYS_pread64, file, buffer, 10, WIDE(0L, 0L));
  expect("pread64(%d, \"%s, 10, 0) = %s", file, SHORT ? "0123\"..." : "0123456789\"", result(rc));
  rc = syscall(SYS_pread64, file, buffer, 3, WIDE(8L, 0L));
  expect("pread64(%d, \"89\\n\", 3, 8) = %s", file, result(rc));
  rc = syscall(SYS_pread64, file, buffer, 3, WIDE(-1L, -1L));
  expect("pread64(%d, %s, 3, -1) = %s", file, address(buffer), result(rc));
  rc = syscall(SYS_pwrite64, file, "xyz", 3, WIDE(20L, 0L));
  expect("pwrite64(%d, \"xyz\", 3, 20) = %s", file, result(rc));
  rc = syscall(SYS_read, -1, buffer, 8);
  expect("read(-1, %s, 8) = %s", address(buffer), result(rc));
  rc = syscall(SYS_read, 77777, NULL, (size_t)-1);
  expect("read(77777, NULL, %zu) = %s", (size_t)-1, result(rc));
}

static void test_vectors(void) {
  static char first[8], second[8];
  struct iovec out[] = {{"abc", 3}, {"de\0f", 4}, {NULL, 0}};
  long rc = syscall(SYS_writev, file, out, 3);
  expect(
      "writev(%d, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"de\\0f\", iov_len=4}, {iov_base=NULL, iov_len=0}], 3) = "
      "%s",
      file, result(rc));
  rc = syscall(SYS_writev, file, out, 0);
  expect("writev(%d, [], 0) = %s", file, result(rc));
  rc = syscall(SYS_writev, -1, NULL, 2);
  expect("writev(-1, NULL, 2) = %s", result(rc));
  rc = syscall(SYS_writev, -1, unmapped(), 2);
  expect("writev(-1, %s, 2) = %s", address(unmapped()), result(rc));
  struct iovec* cut = tail_copy(out, sizeof out[0]);
  rc = syscall(SYS_writev, -1, cut, 2);
  expect("writev(-1, [{iov_base=\"abc\", iov_len=3}, ... /* %s */], 2) = %s", address(cut + 1), result(rc));
  struct iovec in[] = {{first, 4}, {second, 8}};
  rc = syscall(SYS_preadv, file, in, 2, 6L, 0L);
  expect("preadv(%d, [{iov_base=\"6789\", iov_len=4}, {iov_base=\"%s, iov_len=8}], 2, 6) = %s", file,
         SHORT ? "\\n\\0\\177\\377\"..." : "\\n\\0\\177\\377\\\"abc\"", result(rc));
  rc = syscall(SYS_pread64, file, first, 0, WIDE(0L, 0L));
  expect("pread64(%d, \"\", 0, 0) = %s", file, result(rc));
  rc = syscall(SYS_preadv2, file, in, 2, 20L, 0L, 0);
  expect("preadv2(%d, [{iov_base=\"%s\", iov_len=4}, {iov_base=\"\", iov_len=8}], 2, 20, 0) = %s", file, "\\0fz",
         result(rc));
  rc = syscall(SYS_readv, -1, in, 2);
  expect("readv(-1, [{iov_base=%s, iov_len=4}, {iov_base=%s, iov_len=8}], 2) = %s", address(first), address(second),
         result(rc));
  rc = syscall(SYS_pwritev2, -1, out, 1, -1L, -1L, 0x1ff);
  expect(
      "pwritev2(-1, [{iov_base=\"abc\", iov_len=3}], 1, -1, "
      "RWF_HIPRI|RWF_DSYNC|RWF_SYNC|RWF_NOWAIT|RWF_APPEND|RWF_NOAPPEND|"
      "RWF_ATOMIC|RWF_DONTCACHE|RWF_NOSIGNAL) = %s",
      result(rc));
  rc = syscall(SYS_pwritev, -1, out, 1, 0x12345678L, LIVE_64 ? 0L : 0x12L);
  expect("pwritev(-1, [{iov_base=\"abc\", iov_len=3}], 1, %lld) = %s", LIVE_64 ? 0x12345678LL : 0x1212345678LL,
         result(rc));
}

static void test_many(void) {
  static struct iovec many[40];
  for (int i = 0; i < 40; i++) many[i] = (struct iovec){"x", 1};
  const long rc = syscall(SYS_writev, -1, many, 40);
  char list[4096] = "";
  const int shown = SHORT ? 4 : 32;
  for (int i = 0; i < shown; i++) strcat(list, "{iov_base=\"x\", iov_len=1}, ");
  expect("writev(-1, [%s...], 40) = %s", list, result(rc));
}

int main(int argc, char** argv) {
  char name[] = "/tmp/ktrace_rw_XXXXXX";
  file = mkstemp(name);
  unlink(name);
  unmapped();
  char* spare = tail(64);
  (void)spare;
  live_begin(argc, argv);
  test_plain();
  test_vectors();
  test_many();
  live_end();
}
