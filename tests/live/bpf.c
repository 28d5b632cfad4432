// bpf(2) as far as an attribute is read at all: these calls fail, whatever the rights of the program.
// run: -e trace=bpf
// run: -e trace=bpf -v
#include <linux/bpf.h>

#include "live.h"

static long call(int cmd, const void* attr, unsigned size) { return syscall(SYS_bpf, cmd, attr, size); }

int main(int argc, char** argv) {
  live_begin(argc, argv);
  const unsigned none[2] = {0xffffffff, 0};
  const void* last = tail_copy(none, sizeof none);
  long rc = call(22, none, 0);
  expect("bpf(BPF_MAP_FREEZE, %s, 0) = %s", address(none), result(rc));
  rc = call(22, last, 4);
  expect("bpf(BPF_MAP_FREEZE, {map_fd=-1}, 4) = %s", result(rc));
  rc = call(22, last, 8);
  expect("bpf(BPF_MAP_FREEZE, {map_fd=-1}, 8) = %s", result(rc));
  rc = call(22, last, 9);
  expect("bpf(BPF_MAP_FREEZE, %s, 9) = %s", address(last), result(rc));
  rc = call(22, NULL, 4);
  expect("bpf(BPF_MAP_FREEZE, NULL, 4) = %s", result(rc));
  const unsigned more[2] = {0xffffffff, 0x01020304};
  rc = call(22, more, 8);
  if (live_run == 0)
    expect("bpf(BPF_MAP_FREEZE, {map_fd=-1, ...}, 8) = %s", result(rc));
  else
    expect("bpf(BPF_MAP_FREEZE, {map_fd=-1, extra_data=\"\\x04\\x03\\x02\\x01\" /* bytes 4..7 */}, 8) = %s", result(rc));
  rc = call(0x7fffff, more, 8);
  expect("bpf(0x7fffff /* BPF_??? */, %s, 8) = %s", address(more), result(rc));
  live_end();
}
