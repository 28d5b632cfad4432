// Calls on names: directories, links, modes, owners, and their flags. They all fail; only the text counts.
// run: -e trace=%file,dup,dup2,dup3,close,close_range,flock,fchmod,fchown,umask
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "live.h"

static const char none[] = "/no/such";

static void test_links(void) {
  long rc = syscall(SYS_linkat, -1, "a", AT_FDCWD, "/no/such/b", AT_SYMLINK_FOLLOW | AT_EMPTY_PATH | 0x2);
  expect("linkat(-1, \"a\", AT_FDCWD, \"/no/such/b\", AT_SYMLINK_FOLLOW|AT_EMPTY_PATH|0x2) = %s", result(rc));
  rc = syscall(SYS_symlinkat, "target", 77777, "name");
  expect("symlinkat(\"target\", 77777, \"name\") = %s", result(rc));
  rc = syscall(SYS_unlinkat, AT_FDCWD, none, AT_REMOVEDIR);
  expect("unlinkat(AT_FDCWD, \"/no/such\", AT_REMOVEDIR) = %s", result(rc));
  rc = syscall(SYS_unlinkat, AT_FDCWD, none, 0x20000);
  expect("unlinkat(AT_FDCWD, \"/no/such\", 0x20000 /* AT_??? */) = %s", result(rc));
  rc = syscall(SYS_renameat2, AT_FDCWD, none, -7, "", RENAME_NOREPLACE | RENAME_EXCHANGE | 16);
  expect("renameat2(AT_FDCWD, \"/no/such\", -7, \"\", RENAME_NOREPLACE|RENAME_EXCHANGE|0x10) = %s", result(rc));
  char buffer[4];
  rc = syscall(SYS_readlinkat, AT_FDCWD, none, buffer, sizeof buffer);
  expect("readlinkat(AT_FDCWD, \"/no/such\", %s, 4) = %s", address(buffer), result(rc));
  rc = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/ns/pid", buffer, sizeof buffer);
  expect("readlinkat(AT_FDCWD, \"/proc/self/ns/pid\", \"pid:\", 4) = %s", result(rc));
#ifdef SYS_rename
  rc = syscall(SYS_rename, none, unmapped());
  expect("rename(\"/no/such\", %s) = %s", address(unmapped()), result(rc));
  rc = syscall(SYS_link, none, none);
  expect("link(\"/no/such\", \"/no/such\") = %s", result(rc));
  rc = syscall(SYS_symlink, none, none);
  expect("symlink(\"/no/such\", \"/no/such\") = %s", result(rc));
  rc = syscall(SYS_readlink, none, NULL, 1);
  expect("readlink(\"/no/such\", NULL, 1) = %s", result(rc));
  rc = syscall(SYS_unlink, NULL);
  expect("unlink(NULL) = %s", result(rc));
  rc = syscall(SYS_rmdir, "");
  expect("rmdir(\"\") = %s", result(rc));
#endif
}

static void test_modes(void) {
  long rc = syscall(SYS_mkdirat, 77777, "x", 01777);
  expect("mkdirat(77777, \"x\", 01777) = %s", result(rc));
  rc = syscall(SYS_mknodat, AT_FDCWD, none, S_IFCHR | 0604, 0x103);
  expect("mknodat(AT_FDCWD, \"/no/such\", S_IFCHR|0604, makedev(0x1, 0x3)) = %s", result(rc));
  rc = syscall(SYS_mknodat, AT_FDCWD, none, S_IFBLK, 0x12345600);
  expect("mknodat(AT_FDCWD, \"/no/such\", S_IFBLK|000, makedev(0x456, 0x12300)) = %s", result(rc));
  rc = syscall(SYS_mknodat, AT_FDCWD, none, S_IFIFO | S_ISUID | S_ISVTX | 07, 1);
  expect("mknodat(AT_FDCWD, \"/no/such\", S_IFIFO|S_ISUID|S_ISVTX|007) = %s", result(rc));
  rc = syscall(SYS_mknodat, AT_FDCWD, none, 0170007, 1);
  expect("mknodat(AT_FDCWD, \"/no/such\", 0170007) = %s", result(rc));
  rc = syscall(SYS_mknodat, AT_FDCWD, none, 0, 1);
  expect("mknodat(AT_FDCWD, \"/no/such\", 000) = %s", result(rc));
  rc = syscall(SYS_fchmodat, AT_FDCWD, none, 04711);
  expect("fchmodat(AT_FDCWD, \"/no/such\", 04711) = %s", result(rc));
  rc = syscall(SYS_fchmod, -1, 0xffff0007);
  expect("fchmod(-1, 007) = %s", result(rc));
  rc = syscall(SYS_fchownat, AT_FDCWD, none, -1, 0x7fffffff, AT_SYMLINK_NOFOLLOW);
  expect("fchownat(AT_FDCWD, \"/no/such\", -1, 2147483647, AT_SYMLINK_NOFOLLOW) = %s", result(rc));
#ifdef SYS_chown
  rc = syscall(SYS_chown, none, -2, 5);
  expect("chown(\"/no/such\", %u, 5) = %s", LIVE_64 ? 0xfffffffeu : 0xfffeu, result(rc));
  rc = syscall(SYS_chmod, none, 0);
  expect("chmod(\"/no/such\", 000) = %s", result(rc));
#endif
#ifdef SYS_chown32
  rc = syscall(SYS_chown32, none, -2, 65535);
  expect("chown32(\"/no/such\", 4294967294, 65535) = %s", result(rc));
#endif
  rc = syscall(SYS_faccessat, AT_FDCWD, none, R_OK | X_OK);
  expect("faccessat(AT_FDCWD, \"/no/such\", R_OK|X_OK) = %s", result(rc));
  rc = syscall(SYS_faccessat2, AT_FDCWD, none, F_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
  expect("faccessat2(AT_FDCWD, \"/no/such\", F_OK, AT_SYMLINK_NOFOLLOW|AT_EACCESS) = %s", result(rc));
  rc = syscall(SYS_faccessat2, AT_FDCWD, none, 8, AT_REMOVEDIR << 4);
  expect("faccessat2(AT_FDCWD, \"/no/such\", 0x8 /* ?_OK */, 0x2000 /* AT_??? */) = %s", result(rc));
  rc = syscall(SYS_umask, 077);
  expect("umask(077) = %#03lo", rc);
  rc = syscall(SYS_umask, 0);
  expect("umask(000) = 077");
  rc = syscall(SYS_umask, 0);
  expect("umask(000) = 000");
}

static void test_descriptors(void) {
  long rc = syscall(SYS_dup, -1);
  expect("dup(-1) = %s", result(rc));
#ifdef SYS_dup2
  rc = syscall(SYS_dup2, 77777, -1);
  expect("dup2(77777, -1) = %s", result(rc));
#endif
  rc = syscall(SYS_dup3, 77777, 5, O_CLOEXEC | O_RDWR);
  expect("dup3(77777, 5, O_CLOEXEC|0x2) = %s", result(rc));
  rc = syscall(SYS_close, 77777);
  expect("close(77777) = %s", result(rc));
  rc = syscall(SYS_close_range, 5, 3, 6);
  expect("close_range(5, 3, CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC) = %s", result(rc));
  rc = syscall(SYS_flock, 77777, LOCK_EX | LOCK_NB);
  expect("flock(77777, LOCK_EX|LOCK_NB) = %s", result(rc));
  rc = syscall(SYS_chdir, none);
  expect("chdir(\"/no/such\") = %s", result(rc));
  rc = syscall(SYS_chroot, none);
  expect("chroot(\"/no/such\") = %s", result(rc));
  static char room[2];
  rc = syscall(SYS_getcwd, room, 1);
  expect("getcwd(%s, 1) = %s", address(room), result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  test_links();
  test_modes();
  test_descriptors();
  live_end();
}
