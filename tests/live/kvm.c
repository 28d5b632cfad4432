// -e kvm=vcpu: why ioctl(KVM_RUN) came back, from the area that is mapped from the virtual CPU.
// only: x86
// run: -e trace=ioctl -e kvm=vcpu
// run: -e trace=ioctl -e kvm=vcpu -X raw
// run: -e trace=ioctl
#include "guest.h"

static void run(int cpu, const char* why) {
  const long rc = syscall(SYS_ioctl, cpu, KVM_RUN, 0L);
  const char* request = live_run == 1 ? "0xae80" : "KVM_RUN";
  expect("ioctl(%d, %s, 0) = %s%s", cpu, request, result(rc), live_run < 2 ? why : "");
}

int main(int argc, char** argv) {
  // hlt; mov [0x5000], al, where no memory is; out dx, al; hlt
  static const unsigned char code[] = {0xf4, 0xa2, 0x00, 0x50, 0xba, 0xf8, 0x03, 0xee, 0xf4};
  const struct guest guest = guest_make(code, sizeof code);

  live_begin(argc, argv);
  run(guest.cpu, " (KVM_EXIT_HLT)");
  run(guest.cpu, " (KVM_EXIT_MMIO)");
  run(guest.cpu, " (KVM_EXIT_IO)");
  run(guest.vm, "");
  run(99, "");
  munmap(guest.area, guest.size);
  run(guest.cpu, "");
  live_end();
  return 0;
}
