// bpf(2) as far as an attribute is read at all: these calls fail, whatever the rights of the program.
// run: -e trace=bpf
// run: -e trace=bpf -v
#include <linux/bpf.h>

#include "live.h"

static long call(int cmd, const void* attr, unsigned size) { return syscall(SYS_bpf, cmd, attr, size); }

// What the kernel tells of a map; nothing of it if it lets the program have none.
static void map_info(void) {
  uint32_t attr[18] = {2, 4, 8, 2};  // BPF_MAP_TYPE_ARRAY: key, value, entries
  memcpy(attr + 7, "mymap", 6);
  const long map = call(0, attr, 48);
  expect("bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_ARRAY, key_size=4, value_size=8, max_entries=2, map_flags=0, inner_map_fd=0, "
         "map_name=\"mymap\", map_ifindex=0}, 48) = %s",
         result(map));
  if (map < 0) return;
  static uint32_t info[25];
  struct {
    uint32_t fd, length;
    uint64_t pointer;
  } get = {(uint32_t)map, 80, (uintptr_t)info};
  long rc = call(15, &get, sizeof get);
  const char* head = format("bpf(BPF_OBJ_GET_INFO_BY_FD, {info={bpf_fd=%ld, info_len=80, info=", map);
  if (live_run == 0)
    expect("%s%s}}, 16) = %s", head, address(info), result(rc));
  else
    expect("%s{type=BPF_MAP_TYPE_ARRAY, id=%u, key_size=4, value_size=8, max_entries=2, map_flags=0, name=\"mymap\", ifindex=0, "
           "btf_vmlinux_value_type_id=0, netns_dev=makedev(0, 0), netns_ino=0, btf_id=0, btf_key_type_id=0, btf_value_type_id=0}}}, 16) = %s",
           head, info[1], result(rc));
  get.pointer = 1;
  rc = call(15, &get, sizeof get);
  expect("%s0x1}}, 16) = %s", head, result(rc));
}

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
  map_info();
  live_end();
}
