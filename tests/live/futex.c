// futex operations: which arguments count, timeouts, bit sets, packed operations; the newer calls of one operation
// each.
// run: -e trace=futex,futex_waitv,futex_wake,futex_wait,futex_requeue,set_robust_list,get_robust_list,set_tid_address
// run: -X verbose -e trace=futex
#include <sys/time.h>

#include "live.h"

static uint32_t* word;
static void* timeout;  // 5 ns, in the longs of the ABI

struct operation {
  unsigned number;
  const char* name;
  const char* arguments;  // after the operation; W is the second word, T the timeout
};

static const char* filled(const char* text) {
  size_t size;
  char* out = live_buffer(&size);
  size_t used = 0;
  out[0] = 0;
  for (; *text; text++) {
    if (*text == 'W') {
      used += (size_t)snprintf(out + used, size - used, "%p", (void*)(word + 1));
    } else if (*text == 'T') {
      used += (size_t)snprintf(out + used, size - used, "{tv_sec=0, tv_nsec=5}");
    } else {
      out[used++] = *text;
      out[used] = 0;
    }
  }
  return out;
}

static void operations(void) {
  static const struct operation all[] = {
      {0, "FUTEX_WAIT", ", 1, T"},
      {128, "FUTEX_WAIT_PRIVATE", ", 1, T"},
      {256, "FUTEX_WAIT|FUTEX_CLOCK_REALTIME", ", 1, T"},
      {1, "FUTEX_WAKE", ", 1"},
      {129, "FUTEX_WAKE_PRIVATE", ", 1"},
      {2, "FUTEX_FD", ", 1"},
      {130, "FUTEX_FD|FUTEX_PRIVATE_FLAG", ", 1"},
      {7, "FUTEX_UNLOCK_PI", ""},
      {137, "FUTEX_WAIT_BITSET_PRIVATE", ", 1, T, 0x7"},
      {393, "FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME", ", 1, T, 0x7"},
      {10, "FUTEX_WAKE_BITSET", ", 1, 0x7"},
      {11, "FUTEX_WAIT_REQUEUE_PI", ", 1, T, W"},
  };
  for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
    long rc = syscall(SYS_futex, word, all[i].number, 1, timeout, word + 1, 7);
    const char* name = live_run == 0        ? all[i].name
                       : all[i].number == 0 ? "0 /* FUTEX_WAIT */"
                                            : format("%#x /* %s */", all[i].number, all[i].name);
    expect("futex(%p, %s%s) = %s", (void*)word, name, filled(all[i].arguments), result(rc));
  }
}

static void counts(void) {
  long rc = syscall(SYS_futex, word, 3, -1, 5, word + 1, 7);
  expect("futex(%p, FUTEX_REQUEUE, 4294967295, 5, %p) = %s", (void*)word, (void*)(word + 1), result(rc));
  rc = syscall(SYS_futex, word, 132, 1, 5, word + 1, 7);
  expect("futex(%p, FUTEX_CMP_REQUEUE_PRIVATE, 1, 5, %p, 7) = %s", (void*)word, (void*)(word + 1), result(rc));
  rc = syscall(SYS_futex, word, 5, 1, 5, word + 1, 0x12345678);
  expect("futex(%p, FUTEX_WAKE_OP, 1, 5, %p, FUTEX_OP_ADD<<28|0x345<<12|FUTEX_OP_CMP_LT<<24|0x678) = %s", (void*)word,
         (void*)(word + 1), result(rc));
  rc = syscall(SYS_futex, word, 5, 1, 5, word + 1, 0xff000000);
  expect(
      "futex(%p, FUTEX_WAKE_OP, 1, 5, %p, FUTEX_OP_OPARG_SHIFT<<28|0x7<<28 /* FUTEX_OP_??? */|0<<12|0xf<<24 /* "
      "FUTEX_OP_CMP_??? */|0) = %s",
      (void*)word, (void*)(word + 1), result(rc));
  rc = syscall(SYS_futex, word, 266, 1, NULL, NULL, -1);
  expect("futex(%p, 0x10a /* FUTEX_??? */, 1, FUTEX_BITSET_MATCH_ANY) = %s", (void*)word, result(rc));
  rc = syscall(SYS_futex, word, 16, 1, NULL, word + 1, 0x10);
  expect("futex(%p, 0x10 /* FUTEX_??? */, 1, NULL, %p, 0x10) = %s", (void*)word, (void*)(word + 1), result(rc));
  rc = syscall(SYS_futex, NULL, 0, 0, unmapped(), NULL, 0);
  expect("futex(NULL, FUTEX_WAIT, 0, %p) = %s", unmapped(), result(rc));
}

static void newer(void) {
  struct {
    uint64_t val, uaddr;
    uint32_t flags, reserved;
  } waiters[2] = {{5, (uintptr_t)word, 0x82, 0}, {-1ull, 0, 0x8d0000fd & 0xff, 9}};
  const char* texts = format(
      "{val=0x5, uaddr=%p, flags=FUTEX2_SIZE_U32|FUTEX2_PRIVATE}, {val=0xffffffffffffffff, "
      "uaddr=NULL, flags=FUTEX2_SIZE_U16|FUTEX2_NUMA|FUTEX2_MPOL|FUTEX2_PRIVATE|0x70, "
      "__reserved=0x9}",
      (void*)word);
  void* cut = tail_copy(waiters, sizeof waiters);
  long rc = syscall(449, waiters, 2, 0, NULL, 1);
  expect("futex_waitv([%s], 2, 0, NULL, CLOCK_MONOTONIC) = %s", texts, result(rc));
  rc = syscall(449, cut, 3, 1, unmapped(), 99);
  expect("futex_waitv([%s, ... /* %p */], 3, 0x1, %p, 0x63 /* CLOCK_??? */) = %s", texts, (char*)cut + sizeof waiters,
         unmapped(), result(rc));
  rc = syscall(454, word, 7L, -1, 0x82);
  expect("futex_wake(%p, 0x7, -1, FUTEX2_SIZE_U32|FUTEX2_PRIVATE) = %s", (void*)word, result(rc));
  rc = syscall(455, word, 1L, 0xffffffffL, 0, NULL, 1);
  expect("futex_wait(%p, 1, FUTEX_BITSET_MATCH_ANY, FUTEX2_SIZE_U8, NULL, CLOCK_MONOTONIC) = %s", (void*)word,
         result(rc));
  rc = syscall(456, unmapped(), 1, -1, 2);
  expect("futex_requeue(%p, 0x1, -1, 2) = %s", unmapped(), result(rc));
}

static void robust(void) {
  void** head = tail(sizeof(void*));
  size_t* length = tail(sizeof(size_t));
  long rc = syscall(SYS_set_robust_list, word, 3 * sizeof(void*));
  expect("set_robust_list(%p, %zu) = %s", (void*)word, 3 * sizeof(void*), result(rc));
  rc = syscall(SYS_get_robust_list, 0, head, length);
  expect("get_robust_list(0, [%p], [%zu]) = %s", *head, *length, result(rc));
  rc = syscall(SYS_get_robust_list, -1, head, length);
  expect("get_robust_list(-1, %p, %p) = %s", (void*)head, (void*)length, result(rc));
  rc = syscall(SYS_set_tid_address, word);
  expect("set_tid_address(%p) = %s", (void*)word, result(rc));
}

int main(int argc, char** argv) {
  word = tail(64);
  long five[2] = {0, 5};
  timeout = tail_copy(five, sizeof five);
  unmapped();
  live_begin(argc, argv);
  operations();
  if (live_run == 0) {
    counts();
    newer();
    robust();
  }
  live_end();
}
