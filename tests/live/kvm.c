// -e kvm=vcpu: why ioctl(KVM_RUN) came back, from the area that is mapped from the virtual CPU.
// run: -e trace=ioctl -e kvm=vcpu
// run: -e trace=ioctl -e kvm=vcpu -X raw
// run: -e trace=ioctl
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "live.h"

#if defined(__x86_64__) || defined(__i386__)
enum { start = 0x1000, memory = 0x2000 };

static void fill(int vm) {
  // hlt; mov [0x5000], al, where no memory is; out dx, al; hlt
  static const unsigned char code[] = {0xf4, 0xa2, 0x00, 0x50, 0xba, 0xf8, 0x03, 0xee, 0xf4};
  void* guest = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memcpy(guest, code, sizeof code);
  const struct kvm_userspace_memory_region region = {
      .guest_phys_addr = start, .memory_size = memory, .userspace_addr = (uintptr_t)guest};
  if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region) != 0) live_skip("KVM gives no memory");
}

static void prepare(int cpu) {
  struct kvm_sregs special;
  ioctl(cpu, KVM_GET_SREGS, &special);
  special.cs.base = special.cs.selector = 0;
  ioctl(cpu, KVM_SET_SREGS, &special);
  const struct kvm_regs registers = {.rip = start, .rflags = 2};
  if (ioctl(cpu, KVM_SET_REGS, &registers) != 0) live_skip("KVM sets no registers");
}

static void run(int cpu, const char* why) {
  const long rc = syscall(SYS_ioctl, cpu, KVM_RUN, 0L);
  const char* request = live_run == 1 ? "0xae80" : "KVM_RUN";
  expect("ioctl(%d, %s, 0) = %s%s", cpu, request, result(rc), live_run < 2 ? why : "");
}

int main(int argc, char** argv) {
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  const int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);
  if (vm < 0) live_skip("no KVM");
  fill(vm);
  const int cpu = ioctl(vm, KVM_CREATE_VCPU, 0);
  const size_t size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  void* area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu, 0);
  if (cpu < 0 || area == MAP_FAILED) live_skip("KVM gives no CPU");
  prepare(cpu);

  live_begin(argc, argv);
  run(cpu, " (KVM_EXIT_HLT)");
  run(cpu, " (KVM_EXIT_MMIO)");
  run(cpu, " (KVM_EXIT_IO)");
  run(vm, "");
  run(99, "");
  munmap(area, size);
  run(cpu, "");
  live_end();
  return 0;
}
#else
int main(void) { live_skip("not on this architecture"); }
#endif
