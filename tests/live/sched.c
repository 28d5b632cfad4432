// Scheduling: policies and parameters, masks of CPUs, priorities of processes and of their input and output.
// run: -e trace=/^sched_,getpriority,setpriority,ioprio_set,ioprio_get,getcpu,nice
#include <sched.h>

#include "live.h"

static void policies(void) {
  static const struct {
    unsigned value;
    const char* name;
  } classes[] = {{0, "SCHED_OTHER"}, {1, "SCHED_FIFO"},     {2, "SCHED_RR"},
                 {3, "SCHED_BATCH"}, {6, "SCHED_DEADLINE"}, {77, "0x4d /* SCHED_??? */"}};
  for (unsigned i = 0; i < sizeof classes / sizeof classes[0]; i++) {
    long rc = syscall(SYS_sched_get_priority_max, classes[i].value);
    expect("sched_get_priority_max(%s) = %s", classes[i].name, result(rc));
  }
  int priority = 0;
  long rc = syscall(SYS_sched_getscheduler, 0);
  expect("sched_getscheduler(0) = 0 (SCHED_OTHER)");
  rc = syscall(SYS_sched_setscheduler, 0, SCHED_BATCH | SCHED_RESET_ON_FORK, &priority);
  expect("sched_setscheduler(0, SCHED_RESET_ON_FORK|SCHED_BATCH, {sched_priority=0}) = %s", result(rc));
  rc = syscall(SYS_sched_getscheduler, 0);
  expect("sched_getscheduler(0) = 0x40000003 (SCHED_RESET_ON_FORK|SCHED_BATCH)");
  rc = syscall(SYS_sched_setscheduler, 0, 77, unmapped());
  expect("sched_setscheduler(0, 0x4d /* SCHED_??? */, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_sched_getparam, 0, &priority);
  expect("sched_getparam(0, {sched_priority=0}) = %s", result(rc));
  rc = syscall(SYS_sched_setparam, -1, &priority);
  expect("sched_setparam(-1, {sched_priority=0}) = %s", result(rc));
  rc = syscall(SYS_sched_rr_get_interval, -1, unmapped());
  expect("sched_rr_get_interval(-1, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_sched_yield);
  expect("sched_yield() = %s", result(rc));
}

static void attributes(void) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t util_min, util_max;
  } attr = {.size = 48, .policy = SCHED_OTHER, .nice = 1};
  long rc = syscall(SYS_sched_setattr, -1, &attr, 0);
  expect(
      "sched_setattr(-1, {size=48, sched_policy=SCHED_OTHER, sched_flags=0, sched_nice=1, sched_priority=0, "
      "sched_runtime=0, sched_deadline=0, sched_period=0}, 0) = %s",
      result(rc));
  attr.size = 56;
  attr.flags = 0x108;
  attr.util_min = 7;
  rc = syscall(SYS_sched_setattr, -1, &attr, 7);
  expect(
      "sched_setattr(-1, {size=56, sched_flags=SCHED_FLAG_KEEP_POLICY|0x100, sched_nice=1, sched_priority=0, "
      "sched_runtime=0, sched_deadline=0, sched_period=0, sched_util_min=7, sched_util_max=0}, 0x7) = %s",
      result(rc));
  rc = syscall(SYS_sched_setattr, -1, unmapped(), 0);
  expect("sched_setattr(-1, %p, 0) = %s", unmapped(), result(rc));
  rc = syscall(SYS_sched_getattr, 0, &attr, 48, 0);
  expect(
      "sched_getattr(0, {size=48, sched_policy=SCHED_BATCH, sched_flags=SCHED_FLAG_RESET_ON_FORK, sched_nice=%d, "
      "sched_priority=0, sched_runtime=%llu, sched_deadline=0, sched_period=0}, 48, 0) = %s",
      attr.nice, (unsigned long long)attr.runtime, result(rc));
  rc = syscall(SYS_sched_getattr, 0, &attr, 7, 2);
  expect("sched_getattr(0, %p, 7, 0x2 /* SCHED_GETATTR_FLAG_??? */) = %s", &attr, result(rc));
}

static void cpus(void) {
  uint64_t* mask = tail(128);
  mask[0] = 0x8000000000000005;
  mask[15] = 1;
  long rc = syscall(SYS_sched_setaffinity, -1, 8, mask);
  expect("sched_setaffinity(-1, 8, [0 2 63]) = %s", result(rc));
  rc = syscall(SYS_sched_setaffinity, -1, 128, mask);
  expect("sched_setaffinity(-1, 128, [0 2 63 960]) = %s", result(rc));
  rc = syscall(SYS_sched_setaffinity, -1, 1, mask);
  expect("sched_setaffinity(-1, 1, [0 2]) = %s", result(rc));
  rc = syscall(SYS_sched_setaffinity, -1, 0, mask);
  expect("sched_setaffinity(-1, 0, []) = %s", result(rc));
  rc = syscall(SYS_sched_setaffinity, -1, 200, mask);
  expect("sched_setaffinity(-1, 200, [0 2 63 960 ...]) = %s", result(rc));
  rc = syscall(SYS_sched_getaffinity, 0, 128, mask);
  char text[8192] = "";
  for (int cpu = 0; cpu < 8 * rc; cpu++)
    if (mask[cpu / 64] >> (cpu % 64) & 1) sprintf(text + strlen(text), "%s%d", *text ? " " : "", cpu);
  expect("sched_getaffinity(0, 128, [%s]) = %s", text, result(rc));
  rc = syscall(SYS_sched_getaffinity, -1, 128, mask);
  expect("sched_getaffinity(-1, 128, %p) = %s", mask, result(rc));
  rc = syscall(SYS_getcpu, unmapped(), NULL, NULL);
  expect("getcpu(%p, NULL, NULL) = %s", unmapped(), result(rc));
}

static void priorities(void) {
  long rc = syscall(SYS_getpriority, 0, -1);
  expect("getpriority(PRIO_PROCESS, -1) = %s", result(rc));
  rc = syscall(SYS_setpriority, 3, -1, -5);
  expect("setpriority(0x3 /* PRIO_??? */, -1, -5) = %s", result(rc));
  rc = syscall(SYS_ioprio_set, 1, 0, 0x4004);
  expect("ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4)) = %s", result(rc));
  rc = syscall(SYS_ioprio_get, 1, 0);
  expect("ioprio_get(IOPRIO_WHO_PROCESS, 0) = %ld (IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 4))", rc);
  rc = syscall(SYS_ioprio_set, 0, -1, 0x8001);
  expect("ioprio_set(0 /* IOPRIO_WHO_??? */, -1, IOPRIO_PRIO_VALUE(0x4 /* IOPRIO_CLASS_??? */, 1)) = %s", result(rc));
#ifdef SYS_nice
  rc = syscall(SYS_nice, 0);
  expect("nice(0) = %s", result(rc));
#endif
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  policies();
  attributes();
  cpus();
  priorities();
  live_end();
}
