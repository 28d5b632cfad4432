// perf_event_open(2): attributes of every size, and the size that the kernel would have liked.
// run: -e trace=perf_event_open
// run: -e trace=perf_event_open -v
#include "live.h"

// linux/perf_event.h of this machine may be older than the newest version of the structure.
struct attributes {
  uint32_t type, size;
  uint64_t config, period, sample_type, read_format, bits;
  uint32_t wakeup, bp_type;
  uint64_t config1, config2, branch, regs_user;
  uint32_t stack_user;
  int32_t clock;
  uint64_t regs_intr;
  uint32_t aux_watermark;
  uint16_t max_stack, reserved2;
  uint32_t aux_size, aux_bits;
  uint64_t sig_data, config3, config4, more[2];
} __attribute__((packed, aligned(4)));

static const char* const no_bits =
    "disabled=0, inherit=0, pinned=0, exclusive=0, exclude_user=0, exclude_kernel=0, exclude_hv=0, exclude_idle=0, mmap=0, comm=0, "
    "freq=0, inherit_stat=0, enable_on_exec=0, task=0, watermark=0, precise_ip=0 /* arbitrary skid */, mmap_data=0, sample_id_all=0, "
    "exclude_host=0, exclude_guest=0, exclude_callchain_kernel=0, exclude_callchain_user=0, mmap2=0, comm_exec=0, use_clockid=0, "
    "context_switch=0, write_backward=0, namespaces=0, ksymbol=0, bpf_event=0, aux_output=0, cgroup=0, text_poke=0, build_id=0, "
    "inherit_thread=0, remove_on_exec=0, sigtrap=0, wakeup_events=0, config1=0";

static long call(const void* attr) { return syscall(SYS_perf_event_open, attr, 0, -1, -1, 8L); }

// Every version has some more members. The pid is a bad one: no counter is opened.
static void versions(void) {
  static const struct {
    unsigned size;
    const char *name, *more;
  } list[] = {
      {0, "0 /* PERF_ATTR_SIZE_??? */", ""},
      {64, "PERF_ATTR_SIZE_VER0", ""},
      {72, "PERF_ATTR_SIZE_VER1", ", config2=0"},
      {80, "PERF_ATTR_SIZE_VER2", ", config2=0"},
      {88, "0x58 /* PERF_ATTR_SIZE_??? */", ", config2=0, sample_regs_user=0"},
      {96, "PERF_ATTR_SIZE_VER3", ", config2=0, sample_regs_user=0"},
      {104, "PERF_ATTR_SIZE_VER4", ", config2=0, sample_regs_user=0, sample_regs_intr=0"},
      {112, "PERF_ATTR_SIZE_VER5", ", config2=0, sample_regs_user=0, sample_regs_intr=0, aux_watermark=0, sample_max_stack=0"},
  };
  for (unsigned k = 0; k < sizeof list / sizeof *list; ++k) {
    struct attributes attr = {.type = 1, .size = list[k].size, .config = 9};
    const void* last = tail_copy(&attr, list[k].size ? list[k].size : 64);
    const long rc = syscall(SYS_perf_event_open, last, -2, -1, -1, 0x10L);
    const char* head = format("type=PERF_TYPE_SOFTWARE, size=%s, config=PERF_COUNT_SW_DUMMY, sample_period=0, sample_type=0, read_format=0",
                              list[k].name);
    if (live_run == 0)
      expect("perf_event_open({%s, precise_ip=0 /* arbitrary skid */, ...}, -2, -1, -1, 0x10 /* PERF_FLAG_??? */) = %s", head, result(rc));
    else
      expect("perf_event_open({%s, %s%s}, -2, -1, -1, 0x10 /* PERF_FLAG_??? */) = %s", head, no_bits, list[k].more, result(rc));
  }
}

static void wrong_sizes(void) {
  struct attributes attr = {.size = 63};
  long rc = call(&attr);
  expect("perf_event_open(%s, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", address(&attr), result(rc));
  attr.size = sizeof attr, attr.more[1] = 1;  // the kernel answers with its own size
  rc = call(&attr);
  const char* after = attr.size == 128   ? "PERF_ATTR_SIZE_VER7"
                      : attr.size == 136 ? "PERF_ATTR_SIZE_VER8"
                      : attr.size == 144 ? "PERF_ATTR_SIZE_VER9"
                                         : format("%#x /* PERF_ATTR_SIZE_??? */", attr.size);
  const char* head = format(
      "type=PERF_TYPE_HARDWARE, size=0xa0 /* PERF_ATTR_SIZE_??? */%s%s, config=PERF_COUNT_HW_CPU_CYCLES, sample_period=0, sample_type=0, "
      "read_format=0",
      errno == E2BIG ? " => " : "", errno == E2BIG ? after : "");
  if (live_run == 0)
    expect("perf_event_open({%s, precise_ip=0 /* arbitrary skid */, ...}, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", head, result(rc));
  else
    expect(
        "perf_event_open({%s, %s, config2=0, sample_regs_user=0, sample_regs_intr=0, aux_watermark=0, sample_max_stack=0, "
        "aux_sample_size=0, aux_start_paused=0, aux_pause=0, aux_resume=0, sig_data=0, config3=0, config4=0, ...}, 0, -1, -1, "
        "PERF_FLAG_FD_CLOEXEC) = %s",
        head, no_bits, result(rc));
}

static void unreadable(void) {
  long rc = call(NULL);
  expect("perf_event_open(NULL, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", result(rc));
  rc = call(unmapped());
  expect("perf_event_open(%s, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", address(unmapped()), result(rc));
  const uint32_t head[2] = {1, 64};
  const void* last = tail_copy(head, sizeof head);
  rc = call(last);
  expect("perf_event_open(%s, 0, -1, -1, PERF_FLAG_FD_CLOEXEC) = %s", address(last), result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  versions();
  wrong_sizes();
  unreadable();
  live_end();
}
