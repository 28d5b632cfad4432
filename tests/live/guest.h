// A virtual machine with one CPU that runs a few bytes of code in real mode at 0x1000, in 8 KiB of memory. Skips the
// test where there is no KVM.
#pragma once

#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "live.h"

struct guest {
  int vm, cpu;
  size_t size;
  struct kvm_run* area;
};

__attribute__((unused)) static struct guest guest_make(const void* code, size_t length) {
  enum { start = 0x1000, memory = 0x2000 };
  const int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
  struct guest guest = {.vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0)};
  if (guest.vm < 0) live_skip("no KVM");
  void* ram = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memcpy(ram, code, length);
  const struct kvm_userspace_memory_region region = {
      .guest_phys_addr = start, .memory_size = memory, .userspace_addr = (uintptr_t)ram};
  if (ioctl(guest.vm, KVM_SET_USER_MEMORY_REGION, &region) != 0) live_skip("KVM gives no memory");
  guest.cpu = ioctl(guest.vm, KVM_CREATE_VCPU, 0);
  guest.size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
  guest.area = mmap(NULL, guest.size, PROT_READ | PROT_WRITE, MAP_SHARED, guest.cpu, 0);
  if (guest.cpu < 0 || (void*)guest.area == MAP_FAILED) live_skip("KVM gives no CPU");
#if defined(__x86_64__) || defined(__i386__)
  struct kvm_sregs special;
  ioctl(guest.cpu, KVM_GET_SREGS, &special);
  special.cs.base = special.cs.selector = 0;
  ioctl(guest.cpu, KVM_SET_SREGS, &special);
  const struct kvm_regs registers = {.rip = start, .rflags = 2};
  if (ioctl(guest.cpu, KVM_SET_REGS, &registers) != 0) live_skip("KVM sets no registers");
#else
  live_skip("not on this architecture");
#endif
  return guest;
}
