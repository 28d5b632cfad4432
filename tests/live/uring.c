// io_uring_register(2), played: what its commands point to, before and after the call.
// run: -e trace=io_uring_register
// run: -e trace=io_uring_register -v
#include "live.h"

enum { good = 0, bad = 1 };  // descriptors: how the call ends

static long call(long fd, unsigned command, const void* arg, unsigned count) {
  return syscall(SYS_io_uring_register, fd, command, arg, count);
}

static void probe(void) {
  static unsigned char bytes[16 + 40 * 8];
  long rc = call(good, 8, bytes, 2);
  expect("io_uring_register(0, IORING_REGISTER_PROBE, {last_op=IORING_OP_NOP, ops_len=0, ops=[]}, 2) = %s", result(rc));
  rc = call(bad, 8, bytes, 2);
  expect("io_uring_register(1, IORING_REGISTER_PROBE, %s, 2) = %s", address(bytes), result(rc));
  bytes[0] = 66, bytes[1] = 1, bytes[4] = 7;
  for (int k = 0; k < 40; ++k) bytes[16 + 8 * k] = (unsigned char)(40 + k), bytes[18 + 8 * k] = k % 3;
  rc = call(good, 8, bytes, 2);
  const char* head = "last_op=66 /* IORING_OP_??? */, ops_len=1, resv2=[0x7, 0, 0], ops=[{op=IORING_OP_MSG_RING, flags=0}";
  expect("io_uring_register(0, IORING_REGISTER_PROBE, {%s, {op=IORING_OP_FSETXATTR, flags=IO_URING_OP_SUPPORTED}]} => {%s]}, 2) = %s",
         head, head, result(rc));
  const void* last = tail_copy(bytes, 24);
  rc = call(good, 8, last, 2);
  expect("io_uring_register(0, IORING_REGISTER_PROBE, %s, 2) = %s", address(last), result(rc));
  rc = call(good, 8, bytes, 257);
  expect("io_uring_register(0, IORING_REGISTER_PROBE, %s, 257) = %s", address(bytes), result(rc));
}

static void restrictions(void) {
  struct {
    uint16_t opcode;
    uint8_t what, resv;
    uint32_t resv2[3];
  } list[] = {{0, 2, 0, {0}}, {1, 3, 0, {0}}, {2, 0x81, 0, {0}}, {3, 1, 5, {0}}, {7, 9, 0, {0, 6, 0}}};
  const void* last = tail_copy(list, sizeof list);
  long rc = call(bad, 11, last, 6);
  expect(
      "io_uring_register(1, IORING_REGISTER_RESTRICTIONS, [{opcode=IORING_RESTRICTION_REGISTER_OP, register_op=IORING_REGISTER_FILES}, "
      "{opcode=IORING_RESTRICTION_SQE_OP, sqe_op=IORING_OP_FSYNC}, "
      "{opcode=IORING_RESTRICTION_SQE_FLAGS_ALLOWED, sqe_flags=IOSQE_FIXED_FILE|0x80}, "
      "{opcode=IORING_RESTRICTION_SQE_FLAGS_REQUIRED, sqe_flags=IOSQE_FIXED_FILE, resv=0x5}, "
      "{opcode=0x7 /* IORING_RESTRICTION_??? */ /* op: 0x9 */, resv2=[0, 0x6, 0]}, ... /* %#lx */], 6) = %s",
      (unsigned long)last + sizeof list, result(rc));
}

static void workers(void) {
  unsigned count[3] = {4, 5, 6};
  long rc = call(good, 19, count, 3);
  const char* list = "[[IO_WQ_BOUND]=4, [IO_WQ_UNBOUND]=5, [2 /* IO_WQ_??? */]=6]";
  expect("io_uring_register(0, IORING_REGISTER_IOWQ_MAX_WORKERS, %s => %s, 3) = %s", list, list, result(rc));
  rc = call(bad, 19, count, 1);
  expect("io_uring_register(1, IORING_REGISTER_IOWQ_MAX_WORKERS, [[IO_WQ_BOUND]=4] => %s, 1) = %s", address(count), result(rc));
  rc = call(good, 19, count, 0);
  expect("io_uring_register(0, IORING_REGISTER_IOWQ_MAX_WORKERS, [], 0) = %s", result(rc));
  const unsigned char mask[3] = {0x85, 0, 1};
  rc = call(bad, 17, mask, 3);
  expect("io_uring_register(1, IORING_REGISTER_IOWQ_AFF, [0 2 7 16], 3) = %s", result(rc));
}

static void polling(void) {
  uint32_t words[4] = {1, 0x102, 3, 0};
  const char* text = "{busy_poll_to=0x1, prefer_busy_poll=0x2, opcode=IO_URING_NAPI_STATIC_ADD_ID, op_param=0x3}";
  long rc = call(good, 27, words, 1);
  expect("io_uring_register(0, IORING_REGISTER_NAPI, %s => %s, 1) = %s", text, text, result(rc));
  rc = call(bad, 27, words, 1);
  expect("io_uring_register(1, IORING_REGISTER_NAPI, %s, 1) = %s", text, result(rc));
  rc = call(good, 28, words, 1);
  expect("io_uring_register(0, IORING_UNREGISTER_NAPI, %s, 1) = %s", text, result(rc));
  rc = call(bad, 28, words, 1);
  expect("io_uring_register(1, IORING_UNREGISTER_NAPI, %s, 1) = %s", address(words), result(rc));
}

static void message(void) {
  static unsigned char entry[128];
  uint16_t check[16] = {1, 2, 3};
  entry[0] = 1, entry[1] = 0x24, entry[56] = 1;
  const uint64_t pointer = (uintptr_t)check;
  memcpy(entry + 48, &pointer, 8);
  long rc = call(good, 31, entry, 1);
  expect(
      "io_uring_register(0, IORING_REGISTER_SEND_MSG_RING, {opcode=IORING_OP_READV, flags=IOSQE_IO_LINK|IOSQE_BUFFER_SELECT, ioprio=0, "
      "fd=0, off=0, addr=0, len=0, rw_flags=0, user_data=0, buf_index=0, personality=0, file_index=0, "
      "attr_type_mask=IORING_RW_ATTR_FLAG_PI, attr_ptr={flags=0x1, app_tag=0x2, len=3, addr=0, seed=0, rsvd=0}}, 1) = %s",
      result(rc));
  memset(entry, 0, sizeof entry);
  entry[0] = 64, entry[64] = 9;
  const void* last = tail_copy(entry, 66);
  rc = call(good, 31, last, 1);
  expect(
      "io_uring_register(0, IORING_REGISTER_SEND_MSG_RING, {opcode=IORING_OP_URING_CMD128, flags=0, ioprio=0, fd=0, off=0, addr=0, len=0, "
      "rw_flags=0, user_data=0, buf_index=0, personality=0, file_index=0, optval=0, cmd=[0x9, 0, ... /* %#lx */]}, 1) = %s",
      (unsigned long)last + 66, result(rc));
}

static void questions(void) {
  struct {
    uint64_t next, data;
    uint32_t op, size;
    int32_t answer;
    uint32_t resv[3];
  } list[2] = {{0, 0, 2, 16, -1, {0}}, {0, 0, 9, 0, 0, {0, 1, 0}}};
  const uint64_t sizes[2] = {7, 8};
  list[0].next = (uintptr_t)&list[1], list[0].data = (uintptr_t)sizes;
  long rc = call(good, 35, list, 0);
  expect(
      "io_uring_register(0, IORING_REGISTER_QUERY, {query_data=%s, query_op=IO_URING_QUERY_SCQ, size=16, result=-1, "
      "query_data={hdr_size=7, hdr_alignment=8}, next_entry={query_data=NULL, query_op=0x9 /* IO_URING_QUERY_??? */, size=0, result=0, "
      "__resv=[0, 0x1, 0], next_entry=NULL}}, 0) = %s",
      address(sizes), result(rc));
  rc = call(good, 35, list, 1);
  expect("io_uring_register(0, IORING_REGISTER_QUERY, %s, 1) = %s", address(list), result(rc));
}

static void queues(void) {
  uint32_t words[18] = {5, 1, 0, 0, 0, 0, 7};
  long rc = call(good, 36, words, 1);
  expect("io_uring_register(0, IORING_REGISTER_ZCRX_CTRL, {zcrx_id=5, op=ZCRX_CTRL_EXPORT, zc_export={zcrx_fd=7}}, 1) = %s", result(rc));
  rc = call(bad, 36, words, 1);
  expect("io_uring_register(1, IORING_REGISTER_ZCRX_CTRL, {zcrx_id=5, op=ZCRX_CTRL_EXPORT}, 1) = %s", result(rc));
  words[1] = 2, words[6] = 1;
  rc = call(bad, 36, words, 1);
  expect("io_uring_register(1, IORING_REGISTER_ZCRX_CTRL, {zcrx_id=5, op=ZCRX_CTRL_ARM_EVENT, zc_arm_event={event_type=ZCRX_EVENT_COPY}}, 1) = %s",
         result(rc));
  uint32_t slots[8] = {0xffffffff, 0, 7, 0, 2, 0, 0xffffffff, 0xffffffff};
  rc = call(good, 20, slots, 2);
  expect("io_uring_register(0, IORING_REGISTER_RING_FDS, [{offset=-1, data=7}, {offset=2, data=-1}], 2) = %s", result(rc));
}

int main(int argc, char** argv) {
  live_answer(SYS_io_uring_register, EINVAL, true);
  live_begin(argc, argv);
  probe();
  restrictions();
  workers();
  polling();
  message();
  questions();
  queues();
  live_end();
}
