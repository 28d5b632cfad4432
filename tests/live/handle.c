// File handles: the length that the kernel asks for when there is no room, the body, the number of the mount.
// run: -e trace=name_to_handle_at
#include <fcntl.h>
#include <sys/stat.h>

#include "live.h"

int main(int argc, char** argv) {
  struct {
    unsigned bytes;
    int type;
    unsigned char body[128];
  } handle = {0};
  int mount = 0;
  live_begin(argc, argv);
  long rc = syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0);
  if (rc == 0 || errno != EOVERFLOW || handle.bytes > 32) live_skip("the file system has no handles");
  expect("name_to_handle_at(AT_FDCWD, \"/\", {handle_bytes=0 => %u}, %s, 0) = -1 EOVERFLOW (%s)", handle.bytes,
         address(&mount), strerror(EOVERFLOW));
  rc = syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0);
  char body[600];
  for (unsigned k = 0; k < handle.bytes; k++) sprintf(body + 4 * k, "\\x%02x", handle.body[k]);
  expect("name_to_handle_at(AT_FDCWD, \"/\", {handle_bytes=%u, handle_type=%d, f_handle=\"%s\"}, [%d], 0) = %s",
         handle.bytes, handle.type, body, mount, result(rc));
  char* hole = unmapped();
  rc = syscall(SYS_name_to_handle_at, AT_FDCWD, "/", hole, &mount, AT_SYMLINK_FOLLOW);
  expect("name_to_handle_at(AT_FDCWD, \"/\", %s, %s, AT_SYMLINK_FOLLOW) = %s", address(hole), address(&mount),
         result(rc));
  rc = syscall(SYS_name_to_handle_at, -1, NULL, NULL, NULL, 0x8000);
  expect("name_to_handle_at(-1, NULL, NULL, NULL, 0x8000 /* AT_??? */) = %s", result(rc));
  live_end();
}
