// Opening: flags with their access mode, the mode where a file may be made, openat2's structure.
// run: -e trace=open,openat,openat2,creat
#include <fcntl.h>
#include <linux/openat2.h>

#include "live.h"

// glibc's O_TMPFILE has O_DIRECTORY in it; this is the kernel's bit alone.
#define O_TMPFILE_BIT 020000000

static const struct {
  unsigned flags;
  const char* text;
} cases[] = {
    {O_RDONLY, "O_RDONLY"},
    {O_WRONLY | O_APPEND, "O_WRONLY|O_APPEND"},
    {3, "O_ACCMODE"},
    {O_RDWR | O_CREAT | O_EXCL | O_TRUNC, "O_RDWR|O_CREAT|O_EXCL|O_TRUNC, 0640"},
    {O_RDONLY | O_SYNC, "O_RDONLY|O_SYNC"},
    {O_RDONLY | O_DSYNC | O_CLOEXEC, "O_RDONLY|O_DSYNC|O_CLOEXEC"},
    {O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_PATH, "O_RDONLY|O_NOFOLLOW|O_PATH|O_DIRECTORY"},
    {O_WRONLY | O_TMPFILE, "O_WRONLY|O_TMPFILE, 0640"},
    {O_WRONLY | O_TMPFILE_BIT, "O_WRONLY|__O_TMPFILE, 0640"},
    {O_RDONLY | O_NONBLOCK | 0x40000000, "O_RDONLY|O_NONBLOCK|0x40000000"},
};

static void test_open(void) {
  static const char name[] = "/no/such/\n\"file\\\1\200";
  static const char shown[] = "\"/no/such/\\n\\\"file\\\\\\1\\200\"";
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    long rc;
#ifdef SYS_open
    rc = syscall(SYS_open, name, cases[i].flags, 0640);
    expect("open(%s, %s) = %s", shown, cases[i].text, result(rc));
#endif
    rc = syscall(SYS_openat, -100, name, cases[i].flags, 0640);
    expect("openat(AT_FDCWD, %s, %s) = %s", shown, cases[i].text, result(rc));
  }
  long rc = syscall(SYS_openat, -1, unmapped(), 0);
  expect("openat(-1, %s, O_RDONLY) = %s", address(unmapped()), result(rc));
  rc = syscall(SYS_openat, 77777, NULL, O_CREAT, 07);
  expect("openat(77777, NULL, O_RDONLY|O_CREAT, 007) = %s", result(rc));
}

static void test_creat(void) {
#ifdef SYS_creat
  long rc = syscall(SYS_creat, "", 0);
  expect("creat(\"\", 000) = %s", result(rc));
#endif
}

static void test_openat2(void) {
  struct {
    struct open_how how;
    unsigned char more[8];
  } big = {.how = {.flags = O_WRONLY | O_CREAT, .mode = 0600, .resolve = RESOLVE_NO_XDEV | RESOLVE_IN_ROOT | 0x8000}};
  long rc = syscall(SYS_openat2, -100, "", &big, sizeof big.how);
  expect(
      "openat2(AT_FDCWD, \"\", {flags=O_WRONLY|O_CREAT, mode=0600, resolve=RESOLVE_NO_XDEV|RESOLVE_IN_ROOT|0x8000}, "
      "24) = %s",
      result(rc));
  big.how = (struct open_how){.flags = O_RDONLY | O_DIRECTORY};
  rc = syscall(SYS_openat2, 77777, "x", &big, sizeof big);
  expect("openat2(77777, \"x\", {flags=O_RDONLY|O_DIRECTORY, resolve=0}, 32) = %s", result(rc));
  big.more[1] = 0xab;
  rc = syscall(SYS_openat2, 77777, "x", &big, sizeof big);
  expect(
      "openat2(77777, \"x\", {flags=O_RDONLY|O_DIRECTORY, resolve=0, /* bytes 24..31 */ "
      "\"\\x00\\xab\\x00\\x00\\x00\\x00\\x00\\x00\"}, 32) = %s",
      result(rc));
  rc = syscall(SYS_openat2, 77777, "x", &big, 20);
  expect("openat2(77777, \"x\", %s, 20) = %s", address(&big), result(rc));
  struct open_how* short_one = tail(20);
  rc = syscall(SYS_openat2, 77777, "x", short_one, 24);
  expect("openat2(77777, \"x\", %s, 24) = %s", address(short_one), result(rc));
  rc = syscall(SYS_openat2, 77777, "x", NULL, 24);
  expect("openat2(77777, \"x\", NULL, 24) = %s", result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  test_open();
  test_creat();
  test_openat2();
  live_end();
}
