// -e kvm=vcpu+: the state of the virtual CPU before and after KVM_RUN. The data of ports are what the area holds when
// the call is over; after a failed call only their address shows.
// only: x86
// run: -e trace=ioctl -e kvm=vcpu+
// run: -e trace=ioctl -e kvm=vcpu+ -X raw
// run: -e trace=ioctl -e kvm=vcpu+ -X verbose
// run: -e trace=ioctl -e kvm=vcpu+ -s 2
// run: -e trace=ioctl -e kvm=vcpu+ -v -s 2
// run: -e trace=ioctl -e kvm=vcpu+ -e verbose=none
// run: -e trace=ioctl -e kvm=vcpu+ -e raw=ioctl
#include "guest.h"

enum { standard, raw_constants, all_constants, two_elements, unabbreviated, not_verbose, raw_call };

static const char* name_of(unsigned reason) {
  if (reason == KVM_EXIT_UNKNOWN) return "KVM_EXIT_UNKNOWN";
  if (reason == KVM_EXIT_IO) return "KVM_EXIT_IO";
  if (reason == KVM_EXIT_MMIO) return "KVM_EXIT_MMIO";
  if (reason == KVM_EXIT_HLT) return "KVM_EXIT_HLT";
  return NULL;
}

static const char* direction(unsigned value) {
  const char* name = value == KVM_EXIT_IO_IN ? "KVM_EXIT_IO_IN" : value == KVM_EXIT_IO_OUT ? "KVM_EXIT_IO_OUT" : NULL;
  if (live_run == raw_constants) return format("%#x", value);
  if (name && live_run != all_constants) return name;
  return format("%#x /* %s */", value, name ? name : "KVM_EXIT_IO_???");
}

static const char* bytes(const unsigned char* data, unsigned count) {
  size_t size;
  char* out = live_buffer(&size);
  size_t used = (size_t)sprintf(out, "[");
  for (unsigned k = 0; k < count; ++k) {
    if (k == 2 && live_run == two_elements) {
      used += (size_t)sprintf(out + used, ", ...");
      break;
    }
    used += (size_t)sprintf(out + used, "%s%#x", k ? ", " : "", data[k]);
  }
  strcpy(out + used, "]");
  return out;
}

// `{{io={...}}` or `{{mmio={...}}`
static const char* details(const struct kvm_run* run, const struct kvm_run* area, bool failed) {
  if (run->exit_reason == KVM_EXIT_IO) {
    const unsigned char* data = (const unsigned char*)area + run->io.data_offset;
    const unsigned length = run->io.size * run->io.count;
    const bool hidden = length != 0 && (failed || live_run == not_verbose);
    return format(", {io={direction=%s, size=%u, port=%#04x, count=%u, data_offset=%#016llx, data=%s}}",
                  direction(run->io.direction), run->io.size, run->io.port, run->io.count,
                  (unsigned long long)run->io.data_offset, hidden ? address(data) : bytes(data, length));
  }
  if (run->exit_reason == KVM_EXIT_MMIO)
    return format(", {mmio={phys_addr=%#016llx, data=%s, len=%u, is_write=%u}}",
                  (unsigned long long)run->mmio.phys_addr, bytes(run->mmio.data, 8), run->mmio.len, run->mmio.is_write);
  return "";
}

// An unknown reason is called so only where the result says it, too.
static const char* note(char side, unsigned reason) {
  const char* name = name_of(reason);
  if (!name && side == '>') name = "KVM_EXIT_???";
  return name ? format(" /* %s */", name) : "";
}

static void expect_state(char side, const struct kvm_run* run, const struct kvm_run* area, bool failed) {
  expect(
      " VCPU:0%c {request_interrupt_window=%u, immediate_exit=%u, exit_reason=%u%s, ready_for_interrupt_injection=%u, "
      "if_flag=%u, flags=%#x, cr8=%#016llx, apic_base=%#016llx%s}",
      side, run->request_interrupt_window, run->immediate_exit, run->exit_reason, note(side, run->exit_reason),
      run->ready_for_interrupt_injection, run->if_flag, run->flags, (unsigned long long)run->cr8,
      (unsigned long long)run->apic_base, details(run, area, failed));
}

static void run(const struct guest* guest) {
  const struct kvm_run before = *guest->area;
  const long rc = syscall(SYS_ioctl, guest->cpu, KVM_RUN, 0L);
  if (live_run == raw_call) {
    expect("ioctl(%#x, 0xae80, 0) = %s", guest->cpu, result(rc));
    return;
  }
  const char* request = live_run == raw_constants   ? "0xae80"
                        : live_run == all_constants ? "0xae80 /* KVM_RUN */"
                                                    : "KVM_RUN";
  const char* outcome = result(rc);
  const bool failed = rc != 0;
  const char* name = name_of(guest->area->exit_reason);
  const char* why = failed ? "" : format(" (%s)", name ? name : "KVM_EXIT_???");
  expect("ioctl(%d, %s, 0) = %s%s", guest->cpu, request, outcome, why);
  expect_state('<', &before, guest->area, failed);
  if (!failed) expect_state('>', guest->area, guest->area, false);
}

int main(int argc, char** argv) {
  static const unsigned char code[] = {
      0xba, 0xf8, 0x03, 0xb8, 0x78, 0x56, 0xef,        // mov dx, 0x3f8; mov ax, 0x5678; out dx, ax
      0xec,                                            // in al, dx
      0xa3, 0x00, 0x50,                                // mov [0x5000], ax: there is no memory
      0xa0, 0x00, 0x60,                                // mov al, [0x6000]
      0xbf, 0x00, 0x12, 0xb9, 5,    0,    0xf3, 0x6c,  // mov di, 0x1200; mov cx, 5; rep insb
      0xf4,                                            // hlt
  };
  const struct guest guest = guest_make(code, sizeof code);
  struct kvm_run* area = guest.area;

  live_begin(argc, argv);
  for (unsigned k = 0; k < 6; ++k) {
    run(&guest);
    if (area->exit_reason == KVM_EXIT_IO) memset((char*)area + area->io.data_offset, 0x21, 5);
  }
  // What the kernel does not look at before it gives up, with all that the structure can hold.
  area->immediate_exit = 1;
  area->exit_reason = 200;
  area->flags = 0x1234;
  area->cr8 = ~0ull;
  area->request_interrupt_window = 255;
  run(&guest);
  area->exit_reason = KVM_EXIT_IO;
  area->io.direction = 7;
  area->io.size = 2;
  area->io.count = 3;
  area->io.port = 0;
  area->io.data_offset = 0;
  run(&guest);
  area->io.count = 0;
  run(&guest);
  area->exit_reason = KVM_EXIT_MMIO;
  memset(area->mmio.data, 0xab, 8);
  area->mmio.phys_addr = 0;
  area->mmio.len = ~0u;
  area->mmio.is_write = 2;
  run(&guest);
  // A success that is not KVM's.
  live_answer(SYS_ioctl, 0, false);
  area->exit_reason = 200;
  run(&guest);
  live_end();
  return 0;
}
