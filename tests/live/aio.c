// Asynchronous I/O, played: requests of every kind, their results, and how long to wait for them.
// run: -e trace=io_setup,io_submit,io_cancel,io_getevents,io_pgetevents
// run: -e trace=io_setup,io_submit,io_cancel,io_getevents,io_pgetevents -X raw
#include <linux/aio_abi.h>

#include "live.h"

static const void* const good = (void*)0x10;  // contexts: how the call ends
static const void* const bad = (void*)0x11;

static const char* named(const char* name, const char* number) { return live_run == 0 ? name : number; }

static void requests(void) {
  static char text[] = "some text";
  struct {
    void* base;
    size_t length;
  } parts[2] = {{text, 4}, {NULL, 0}};
  struct iocb list[7] = {
      {.aio_data = 7, .aio_lio_opcode = 0, .aio_fildes = 3, .aio_buf = (uintptr_t)text, .aio_nbytes = 4, .aio_offset = 5},
      {.aio_lio_opcode = 1, .aio_fildes = 3, .aio_buf = (uintptr_t)text, .aio_nbytes = 4, .aio_flags = 3, .aio_resfd = 6, .aio_reqprio = 0x4005},
      {.aio_lio_opcode = 7, .aio_buf = (uintptr_t)parts, .aio_nbytes = 2},
      {.aio_lio_opcode = 8, .aio_buf = (uintptr_t)parts, .aio_nbytes = 1},
      {.aio_lio_opcode = 8, .aio_buf = (uintptr_t)parts, .aio_nbytes = UINT64_MAX},
      {.aio_lio_opcode = 5, .aio_buf = 5, .aio_reqprio = 9},
      {.aio_lio_opcode = 77, .aio_key = 5, .aio_rw_flags = 1},
  };
  const void* pointers[9] = {NULL, (void*)1};
  for (int k = 0; k < 7; ++k) pointers[k + 2] = &list[k];
  const void* last = tail_copy(pointers, sizeof pointers);
  long rc = syscall(SYS_io_submit, good, 10L, last);
  expect("io_submit(0x10, 10, [NULL, 0x1, {aio_data=0x7, aio_lio_opcode=%s, aio_fildes=3, aio_buf=%s, aio_nbytes=4, aio_offset=5}, "
         "{aio_data=0, aio_lio_opcode=%s, aio_reqprio=%s, aio_fildes=3, aio_buf=\"some\", aio_nbytes=4, aio_offset=0, aio_flags=%s, "
         "aio_resfd=6}, {aio_data=0, aio_lio_opcode=%s, aio_fildes=0, aio_buf=[{iov_base=%s, iov_len=4}, {iov_base=NULL, iov_len=0}], "
         "aio_offset=0}, {aio_data=0, aio_lio_opcode=%s, aio_fildes=0, aio_buf=[{iov_base=\"some\", iov_len=4}], aio_offset=0}, "
         "{aio_data=0, aio_lio_opcode=%s, aio_fildes=0, aio_buf=%#lx, aio_nbytes=18446744073709551615, aio_offset=0}, "
         "{aio_data=0, aio_lio_opcode=%s, aio_reqprio=9, aio_fildes=0, aio_buf=%s}, "
         "{aio_data=0, aio_key=5, aio_rw_flags=%s, aio_lio_opcode=%s, aio_fildes=0}, ... /* %#lx */]) = %s",
         named("IOCB_CMD_PREAD", "0"), address(text), named("IOCB_CMD_PWRITE", "1"),
         named("IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)", "0x4005"), named("IOCB_FLAG_RESFD|IOCB_FLAG_IOPRIO", "0x3"),
         named("IOCB_CMD_PREADV", "7"), address(text), named("IOCB_CMD_PWRITEV", "8"), named("IOCB_CMD_PWRITEV", "8"), (unsigned long)parts,
         named("IOCB_CMD_POLL", "5"), named("POLLIN|POLLOUT", "0x5"), named("RWF_HIPRI", "0x1"),
         named("77 /* IOCB_CMD_??? */", "77"), (unsigned long)last + sizeof pointers, result(rc));
  rc = syscall(SYS_io_submit, good, -1L, pointers);
  expect("io_submit(0x10, -1, %s) = %s", address(pointers), result(rc));
  rc = syscall(SYS_io_submit, good, 0L, pointers);
  expect("io_submit(0x10, 0, []) = %s", result(rc));
  const struct io_event event = {1, 2, -3, 4};
  rc = syscall(SYS_io_cancel, good, &list[1], &event);
  expect("io_cancel(0x10, {aio_data=0, aio_lio_opcode=%s, aio_reqprio=%s, aio_fildes=3}, {data=0x1, obj=0x2, res=-3, res2=4}) = %s",
         named("IOCB_CMD_PWRITE", "1"), named("IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)", "0x4005"), result(rc));
  rc = syscall(SYS_io_cancel, bad, unmapped(), &event);
  expect("io_cancel(0x11, %s, %s) = %s", address(unmapped()), address(&event), result(rc));
}

static void results(void) {
  static struct io_event events[2];
  const long time[2] = {1, 2};
  const struct {
    const void* mask;
    size_t size;
  } pack = {(const unsigned long[2]){0x402}, 8};
  long rc = syscall(SYS_io_getevents, good, 0L, 2L, events, time);
  expect("io_getevents(0x10, 0, 2, [], {tv_sec=1, tv_nsec=2}) = %s", result(rc));
  rc = syscall(SYS_io_getevents, bad, 0L, 2L, events, unmapped());
  expect("io_getevents(0x11, 0, 2, %s, %s) = %s", address(events), address(unmapped()), result(rc));
  rc = syscall(SYS_io_pgetevents, bad, 0L, 2L, events, NULL, &pack);
  expect("io_pgetevents(0x11, 0, 2, %s, NULL, {sigmask=[%s], sigsetsize=8}) = %s", address(events), named("INT SEGV", "2 11"), result(rc));
  rc = syscall(SYS_io_pgetevents, good, 0L, 2L, NULL, NULL, unmapped());
  expect("io_pgetevents(0x10, 0, 2, NULL, NULL, %s) = %s", address(unmapped()), result(rc));
}

int main(int argc, char** argv) {
  static const long calls[] = {SYS_io_submit, SYS_io_cancel, SYS_io_getevents, SYS_io_pgetevents};
  for (unsigned k = 0; k < sizeof calls / sizeof *calls; ++k) live_answer(calls[k], EINVAL, true);
  unmapped();
  live_begin(argc, argv);
  long rc = syscall(SYS_io_setup, -1, unmapped());
  expect("io_setup(4294967295, %s) = %s", address(unmapped()), result(rc));
  requests();
  results();
  live_end();
}
