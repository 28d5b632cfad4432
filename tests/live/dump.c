// -e read= and -e write=: what stands below the line of a call.
// run: -e trace=read,write,readv,writev,sendmsg -e read=all -e write=9
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "live.h"

int main(int argc, char** argv) {
  int ends[2];
  if (pipe(ends) != 0 || dup2(ends[1], 9) != 9) return 1;
  live_begin(argc, argv);
  static char text[] = "hello, world\n\1\377\177~ x", room[64];
  long rc = syscall(SYS_write, 9, text, 20);
  expect("write(9, \"hello, world\\n\\1\\377\\177~ x\\0\", 20) = %s", result(rc));
  expect(" | 00000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 01 ff 7f  hello, world.... |");
  expect(" | 00010  7e 20 78 00                                       ~ x.             |");
  rc = syscall(SYS_write, ends[1], text, 1);
  expect("write(%d, \"h\", 1) = %s", ends[1], result(rc));
  rc = syscall(SYS_read, ends[0], room, 17);
  expect("read(%d, \"hello, world\\n\\1\\377\\177~\", 17) = %s", ends[0], result(rc));
  expect(" | 00000  68 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 01 ff 7f  hello, world.... |");
  expect(" | 00010  7e                                                ~                |");
  struct iovec into[2] = {{room, 2}, {room + 2, 60}};
  rc = syscall(SYS_readv, ends[0], into, 2);
  expect("readv(%d, [{iov_base=\" x\", iov_len=2}, {iov_base=\"\\0h\", iov_len=60}], 2) = %s", ends[0], result(rc));
  expect(" * 2 bytes in buffer 0");
  expect(" | 00000  20 78                                              x               |");
  expect(" * 2 bytes in buffer 1");
  expect(" | 00000  00 68                                             .h               |");
  struct iovec from[3] = {{text, 1}, {text, 0}, {text, 1}};
  rc = syscall(SYS_writev, 9, from, 3);
  expect("writev(9, [{iov_base=\"h\", iov_len=1}, {iov_base=\"\", iov_len=0}, {iov_base=\"h\", iov_len=1}], 3) = %s",
         result(rc));
  expect(" * 1 bytes in buffer 0");
  expect(" | 00000  68                                                h                |");
  rc = syscall(SYS_write, 9, unmapped(), 4);
  expect("write(9, %p, 4) = %s", unmapped(), result(rc));
  syscall(SYS_dup3, 0, 99, 0);
  rc = syscall(SYS_read, -1, room, 4);
  expect("read(-1, %p, 4) = %s", (void*)room, result(rc));
  live_end();
}
