// Plain numbers that ioctls take, and descriptors that they take or return. The kernel does nothing and answers with 0.
// run: -e trace=ioctl -y
// run: -e trace=ioctl -y -X raw
#include <fcntl.h>

#include "live.h"

static void call(unsigned long request, const char* name, unsigned long argument, const char* shown, const char* rc) {
  syscall(SYS_ioctl, 2, request, argument);
  if (live_run == 0) expect("ioctl(2</dev/null>, %s, %s) = 0%s", name, shown, rc);
}

// Named numbers are plain hexadecimal ones with -X raw.
static void number(unsigned long request, const char* name, unsigned long argument, const char* shown) {
  call(request, name, argument, shown, "");
  if (live_run == 1) expect("ioctl(2</dev/null>, %#lx, %#lx) = 0", request, argument);
}

static void descriptor(unsigned long request, const char* name) {
  call(request, name, 2, "2</dev/null>", "");
  if (live_run == 1) expect("ioctl(2</dev/null>, %#lx, 2</dev/null>) = 0", request);
}

static void returns_one(unsigned long request, const char* name) {
  call(request, name, 7, "0x7", "</dev/null>");
  if (live_run == 1) expect("ioctl(2</dev/null>, %#lx, 0x7) = 0</dev/null>", request);
}

int main(int argc, char** argv) {
  const int null = open("/dev/null", O_RDWR);
  dup2(null, 0);
  dup2(null, 2);
  live_begin(argc, argv);
  live_answer(SYS_ioctl, 0, false);
  number(0x40049421, "BTRFS_IOC_BALANCE_CTL", 2, "BTRFS_BALANCE_CTL_CANCEL");
  number(0x40049421, "BTRFS_IOC_BALANCE_CTL", 3, "0x3 /* BTRFS_BALANCE_CTL_??? */");
  if (LIVE_64) number(0x32d, "HDIO_SET_BUSSTATE", 1, "BUSSTATE_ON");
  number(0x4b32, "KDSETLED", 0x45, "LED_SCR|LED_CAP|0x40");
  number(0x4b63, "KDSKBMETA", 3, "K_METABIT");
  number(0x4d13, "MTDFILEMODE", 3, "MTD_FILE_MODE_RAW");
  number(0xab0a, "NBD_SET_FLAGS", 0x905, "NBD_FLAG_HAS_FLAGS|NBD_FLAG_SEND_FLUSH|NBD_FLAG_CAN_MULTI_CONN|0x800");
  number(0x2400, "PERF_EVENT_IOC_ENABLE", 3, "PERF_IOC_FLAG_GROUP|0x2");
  number(0x40082104, "SECCOMP_IOCTL_NOTIF_SET_FLAGS", 1, "SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP");
  descriptor(0x4c00, "LOOP_SET_FD");
  descriptor(0x4c06, "LOOP_CHANGE_FD");
  descriptor(0xab00, "NBD_SET_SOCK");
  descriptor(0x2405, "PERF_EVENT_IOC_SET_OUTPUT");
  descriptor(0x40042408, "PERF_EVENT_IOC_SET_BPF");
  returns_one(0xae01, "KVM_CREATE_VM");
  returns_one(0xff0a, "PIDFD_GET_UTS_NAMESPACE");
  live_end();
}
