// Mounting and its relatives: strings that the kernel does not look at, flags of the new calls. All of them fail.
// run: -e trace=mount,umount2,fsopen,fsconfig,fsmount,fspick,open_tree,move_mount,mount_setattr,pivot_root
#include <fcntl.h>
#include <linux/mount.h>

#include "live.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

static void test_mount(void) {
  static const char none[] = "/no/such/directory/anywhere/in/the/tree";
  static const char fs[] = "fs";
  static const char data[] = "rw,size=5";
  long rc = syscall(SYS_mount, "none", none, fs, 0x100003L, data);
  expect("mount(\"none\", \"%s\", %s, MS_RDONLY|MS_NOSUID|MS_SHARED, %s) = %s", none, address(fs), address(data),
         result(rc));
  rc = syscall(SYS_mount, NULL, none, fs, 0L, data);
  expect("mount(NULL, \"%s\", \"fs\", 0, \"rw,size=5\") = %s", none, result(rc));
  rc = syscall(SYS_mount, "none", none, fs, 0x21L, data);
  expect("mount(\"none\", \"%s\", %s, MS_RDONLY|MS_REMOUNT, \"rw,size=5\") = %s", none, address(fs), result(rc));
  rc = syscall(SYS_mount, "none", none, fs, 0x5000L, NULL);
  expect("mount(\"none\", \"%s\", %s, MS_BIND|MS_REC, NULL) = %s", none, address(fs), result(rc));
  rc = syscall(SYS_mount, "none", none, fs, 0xc0ed0001L, data);
  expect("mount(\"none\", \"%s\", \"fs\", MS_MGC_VAL|MS_RDONLY, \"rw,size=5\") = %s", none, result(rc));
  rc = syscall(SYS_umount2, none, 0x1a);
  expect("umount2(\"%s\", MNT_DETACH|UMOUNT_NOFOLLOW|0x10) = %s", none, result(rc));
  rc = syscall(SYS_pivot_root, none, none);
  expect("pivot_root(\"%s\", \"%s\") = %s", none, none, result(rc));
}

static void test_descriptors(void) {
  long rc = syscall(SYS_fsopen, "no such file system", 3);
  expect("fsopen(\"no such file system\", FSOPEN_CLOEXEC|0x2) = %s", result(rc));
  rc = syscall(SYS_fsconfig, -1, 1, "key", "value", 0);
  expect("fsconfig(-1, FSCONFIG_SET_STRING, \"key\", \"value\", 0) = %s", result(rc));
  rc = syscall(SYS_fsconfig, -1, 2, "key", "\1a", 2);
  expect("fsconfig(-1, FSCONFIG_SET_BINARY, \"key\", \"\\x01\\x61\", 2) = %s", result(rc));
  rc = syscall(SYS_fsconfig, -1, 3, "key", "/path", -100);
  expect("fsconfig(-1, FSCONFIG_SET_PATH, \"key\", \"/path\", AT_FDCWD) = %s", result(rc));
  rc = syscall(SYS_fsconfig, -1, 6, NULL, NULL, 0);
  expect("fsconfig(-1, FSCONFIG_CMD_CREATE, NULL, NULL, 0) = %s", result(rc));
  rc = syscall(SYS_fsconfig, -1, 77, NULL, NULL, 0);
  expect("fsconfig(-1, 0x4d /* FSCONFIG_??? */, NULL, NULL, 0) = %s", result(rc));
  rc = syscall(SYS_fsmount, -1, 1, 0x70 | 4);
  expect("fsmount(-1, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV|MOUNT_ATTR__ATIME) = %s", result(rc));
  rc = syscall(SYS_fspick, 77777, "x", 0xff);
  expect("fspick(77777, \"x\", FSPICK_CLOEXEC|FSPICK_SYMLINK_NOFOLLOW|FSPICK_NO_AUTOMOUNT|FSPICK_EMPTY_PATH|0xf0) = %s",
         result(rc));
  rc = syscall(SYS_open_tree, 77777, "x", 1 | O_CLOEXEC | AT_RECURSIVE);
  expect("open_tree(77777, \"x\", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE) = %s", result(rc));
  rc = syscall(SYS_move_mount, 77777, "a", AT_FDCWD, "b", 0x44);
  expect("move_mount(77777, \"a\", AT_FDCWD, \"b\", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH) = %s", result(rc));
}

static void test_attributes(void) {
  struct mount_attr attr = {.attr_set = 1, .attr_clr = 0x20, .propagation = 0x40000, .userns_fd = 5};
  long rc = syscall(SYS_mount_setattr, 77777, "x", AT_EMPTY_PATH, &attr, sizeof attr);
  expect(
      "mount_setattr(77777, \"x\", AT_EMPTY_PATH, {attr_set=MOUNT_ATTR_RDONLY, attr_clr=MOUNT_ATTR_STRICTATIME, "
      "propagation=MS_PRIVATE, userns_fd=5}, 32) = %s",
      result(rc));
  rc = syscall(SYS_mount_setattr, 77777, "x", 0, &attr, 8);
  expect("mount_setattr(77777, \"x\", 0, %s, 8) = %s", address(&attr), result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  test_mount();
  test_descriptors();
  test_attributes();
  live_end();
}
