// Structures and constants of KVM's ioctls: memory, registers, CPUID entries, extensions.
// only: x86
// run: -e trace=ioctl
// run: -e trace=ioctl -v
// run: -e trace=ioctl -e verbose=none
#include <fcntl.h>
#include <linux/kvm.h>

#include "live.h"

#if defined(__x86_64__) || defined(__i386__)
enum { abbreviated, in_full, not_verbose };

static void call(unsigned long request, const char* name, const void* argument, const char* shown) {
  const long rc = syscall(SYS_ioctl, -1, request, argument);
  expect("ioctl(-1, %s, %s) = %s", name, live_run == not_verbose ? address(argument) : shown, result(rc));
}
#define CALL(request, argument, shown) call(request, #request, argument, shown)

static void memory_regions(void) {
  struct kvm_userspace_memory_region* region = tail(sizeof *region);
  *region = (struct kvm_userspace_memory_region){.slot = 65537, .memory_size = 8193, .userspace_addr = 0x12345000};
  CALL(KVM_SET_USER_MEMORY_REGION, region,
       "{slot=65537, flags=0, guest_phys_addr=0, memory_size=8193, userspace_addr=0x12345000}");
  region->flags = 0x80000007;
  region->guest_phys_addr = 0x1000;
  CALL(KVM_SET_USER_MEMORY_REGION, region,
       "{slot=65537, flags=KVM_MEM_LOG_DIRTY_PAGES|KVM_MEM_READONLY|KVM_MEM_GUEST_MEMFD|0x80000000, "
       "guest_phys_addr=0x1000, memory_size=8193, userspace_addr=0x12345000}");
  CALL(KVM_SET_USER_MEMORY_REGION, NULL, "NULL");
  CALL(KVM_SET_USER_MEMORY_REGION, (char*)region + 1, address((char*)region + 1));
}

static void registers(void) {
  struct kvm_regs* regs = tail(sizeof *regs);
  regs->rax = 1;
  regs->rsp = 0x8181818181818181;
  regs->r15 = 15;
  regs->rflags = 2;
  CALL(KVM_SET_REGS, regs,
       live_run == in_full ? "{rax=0x1, rbx=0, rcx=0, rdx=0, rsi=0, rdi=0, rsp=0x8181818181818181, rbp=0, r8=0, r9=0, "
                             "r10=0, r11=0, r12=0, r13=0, r14=0, r15=0xf, rip=0, rflags=0x2}"
                           : "{rax=0x1, ..., rsp=0x8181818181818181, rbp=0, ..., rip=0, rflags=0x2}");
  CALL(KVM_SET_REGS, (char*)regs + 8, address((char*)regs + 8));
  CALL(KVM_GET_REGS, regs, address(regs));
}

static const char* segment(const char* name, unsigned n) {
  return format("%s={base=%#x, limit=%u, selector=%u, type=%u, present=0, dpl=0, db=0, s=0, l=0, g=0, avl=0}", name,
                n << 4, n, n + 1, n + 2);
}

static void special_registers(void) {
  struct kvm_sregs* special = tail(sizeof *special);
  struct kvm_segment* const segments = &special->cs;
  for (unsigned n = 0; n < 8; ++n) {
    segments[n].base = n << 4;
    segments[n].limit = n;
    segments[n].selector = (__u16)(n + 1);
    segments[n].type = (__u8)(n + 2);
  }
  special->gdt.limit = 65535;
  special->cr0 = 1610612752;
  special->apic_base = 0xfee00900;
  special->interrupt_bitmap[2] = 0x40;
  static char shown[2048];
  snprintf(shown, sizeof shown, "{%s, ...}", segment("cs", 0));
  if (live_run == in_full)
    snprintf(
        shown, sizeof shown,
        "{%s, %s, %s, %s, %s, %s, %s, %s, gdt={base=0, limit=65535}, idt={base=0, limit=0}, cr0=1610612752, cr2=0, "
        "cr3=0, cr4=0, cr8=0, efer=0, apic_base=0xfee00900, interrupt_bitmap=[0, 0, 0x40, 0]}",
        segment("cs", 0), segment("ds", 1), segment("es", 2), segment("fs", 3), segment("gs", 4), segment("ss", 5),
        segment("tr", 6), segment("ldt", 7));
  CALL(KVM_SET_SREGS, special, shown);
  CALL(KVM_SET_SREGS, (char*)special + 1, address((char*)special + 1));
  CALL(KVM_GET_SREGS, special, address(special));
}

static void entries(void) {
  struct kvm_cpuid2* cpuid = tail(sizeof *cpuid + sizeof *cpuid->entries);
  struct kvm_cpuid_entry2* entry = cpuid->entries;
  *entry = (struct kvm_cpuid_entry2){.function = 13, .index = 1, .flags = 15, .eax = 7, .padding = {1, 2, 3}};
  const char* one =
      "{function=0xd, index=0x1, flags=KVM_CPUID_FLAG_SIGNIFCANT_INDEX|KVM_CPUID_FLAG_STATEFUL_FUNC|"
      "KVM_CPUID_FLAG_STATE_READ_NEXT|0x8, eax=0x7, ebx=0, ecx=0, edx=0}";
  CALL(KVM_SET_CPUID2, cpuid, "{nent=0, entries=[]}");
  cpuid->nent = 1;
  CALL(KVM_SET_CPUID2, cpuid, live_run == in_full ? format("{nent=1, entries=[%s]}", one) : "{nent=1, entries=[...]}");
  cpuid->nent = 2;
  CALL(KVM_SET_CPUID2, cpuid,
       live_run == in_full ? format("{nent=2, entries=[%s, ... /* %s */]}", one, address(entry + 1))
                           : "{nent=2, entries=[...]}");
  CALL(KVM_GET_SUPPORTED_CPUID, cpuid, address(cpuid));
  CALL(KVM_GET_EMULATED_CPUID, cpuid, address(cpuid));
  __u32* alone = tail(8);
  *alone = 1;
  CALL(KVM_SET_CPUID2, alone,
       live_run == in_full ? format("{nent=1, entries=%s}", address(alone + 2)) : "{nent=1, entries=[...]}");
  CALL(KVM_SET_CPUID2, alone + 1, address(alone + 1));
}

static void extension(unsigned long number, const char* shown) {
  const long rc = syscall(SYS_ioctl, -1, KVM_CHECK_EXTENSION, number);
  expect("ioctl(-1, KVM_CHECK_EXTENSION, %s) = %s", shown, result(rc));
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  memory_regions();
  registers();
  special_registers();
  entries();
  extension(KVM_CAP_IRQCHIP, "KVM_CAP_IRQCHIP");
  extension(KVM_CAP_NR_MEMSLOTS, "KVM_CAP_NR_MEMSLOTS");
  extension(9999, "0x270f /* KVM_CAP_??? */");
  live_end();
}
#else
int main(void) {
  live_skip("not on this architecture");
}
#endif
