// Advice, residency, barriers, policies, and the memory of other processes.
// run: -e trace=madvise,mincore,membarrier,mbind,get_mempolicy,set_mempolicy,move_pages,process_madvise,process_vm_readv,process_vm_writev,userfaultfd,memfd_secret,pkey_alloc,pkey_free,remap_file_pages
// run: -v -e trace=mincore
#include <sys/uio.h>

#include "live.h"

static void advice(char* pages) {
  static const struct {
    int value;
    const char* name;
  } advices[] = {
      {0, "MADV_NORMAL"},        {4, "MADV_DONTNEED"},  {8, "MADV_FREE"},          {14, "MADV_HUGEPAGE"},
      {21, "MADV_PAGEOUT"},      {25, "MADV_COLLAPSE"}, {7, "0x7 /* MADV_??? */"}, {-1, "0xffffffff /* MADV_??? */"},
      {103, "MADV_GUARD_REMOVE"}};
  for (unsigned i = 0; i < sizeof advices / sizeof advices[0]; i++) {
    long rc = syscall(SYS_madvise, pages, 0, advices[i].value);
    expect("madvise(%p, 0, %s) = %s", pages, advices[i].name, result(rc));
  }
}

static void residency(char* pages) {
  unsigned char* vector = tail(40);
  pages[0] = 1;
  pages[8192] = 1;
  syscall(SYS_madvise, pages + 4096, 4096, MADV_DONTNEED);
  if (live_run == 0) expect("madvise(%p, 4096, MADV_DONTNEED) = 0", pages + 4096);
  long rc = syscall(SYS_mincore, pages, 3 * 4096, vector);
  expect("mincore(%p, 12288, [%d, %d, %d]) = %s", pages, vector[0], vector[1], vector[2], result(rc));
  rc = syscall(SYS_mincore, pages, 4097, vector);
  expect("mincore(%p, 4097, [%d, %d]) = %s", pages, vector[0], vector[1], result(rc));
  rc = syscall(SYS_mincore, pages, 0, vector);
  expect("mincore(%p, 0, []) = %s", pages, result(rc));
  rc = syscall(SYS_mincore, pages, 41 * 4096, vector);
  expect("mincore(%p, 167936, %p) = %s", pages, vector, result(rc));
  rc = syscall(SYS_mincore, pages, 40 * 4096, vector);
  char text[256] = "";
  for (int i = 0; i < (live_run == 0 ? 32 : 40); i++) sprintf(text + strlen(text), "%s%d", i ? ", " : "", vector[i]);
  expect("mincore(%p, 163840, [%s%s]) = %s", pages, text, live_run == 0 ? ", ..." : "", result(rc));
}

static void policies(char* pages) {
  unsigned long* mask = tail(sizeof(long));
  *mask = 1;
  const char* word = LIVE_64 ? "0x00000000000001" : "0x000001";
  long rc = syscall(SYS_mbind, pages, 4096, 0x8003, mask, 8 * sizeof(long), 7);
  expect(
      "mbind(%p, 4096, MPOL_INTERLEAVE|MPOL_F_STATIC_NODES, [%s], %zu, "
      "MPOL_MF_STRICT|MPOL_MF_MOVE|MPOL_MF_MOVE_ALL) = %s",
      pages, word, 8 * sizeof(long), result(rc));
  rc = syscall(SYS_mbind, pages, 4096, 0x8077, mask, 1, 0x10);
  expect("mbind(%p, 4096, MPOL_F_STATIC_NODES|0x77, %p, 1, 0x10 /* MPOL_MF_??? */) = %s", pages, mask, result(rc));
  rc = syscall(SYS_mbind, pages, 4096, 77, unmapped(), 0, 0);
  expect("mbind(%p, 4096, 0x4d /* MPOL_??? */, [], 0, 0) = %s", pages, result(rc));
  rc = syscall(SYS_set_mempolicy, 0, NULL, 0);
  expect("set_mempolicy(MPOL_DEFAULT, NULL, 0) = %s", result(rc));
  rc = syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 8);
  expect("get_mempolicy(NULL, NULL, 0, NULL, 0x8 /* MPOL_F_??? */) = %s", result(rc));
  rc = syscall(SYS_get_mempolicy, mask, mask, 64, unmapped(), 3);
  expect("get_mempolicy(%p, %p, 64, %p, MPOL_F_NODE|MPOL_F_ADDR) = %s", mask, mask, unmapped(), result(rc));
  void** addresses = tail(sizeof(void*));
  int* status = tail(sizeof(int));
  addresses[0] = pages;
  rc = syscall(SYS_move_pages, 0, 2, addresses, status, unmapped(), 9);
  expect("move_pages(0, 2, [%p, ... /* %p */], [0, ... /* %p */], %p, 0x9 /* MPOL_MF_??? */) = %s", pages,
         addresses + 1, status + 1, unmapped(), result(rc));
}

static void barriers(void) {
  long rc = syscall(SYS_membarrier, 0x100000, 6, 3);
  expect("membarrier(0x100000 /* MEMBARRIER_CMD_??? */, 0x6 /* MEMBARRIER_CMD_FLAG_??? */) = %s", result(rc));
  rc = syscall(SYS_membarrier, 8, 1, 3);
  expect("membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, MEMBARRIER_CMD_FLAG_CPU, 3) = %s", result(rc));
  rc = syscall(SYS_pkey_alloc, 1, 3);
  expect("pkey_alloc(0x1, PKEY_DISABLE_ACCESS|PKEY_DISABLE_WRITE) = %s", result(rc));
  rc = syscall(SYS_pkey_free, -1);
  expect("pkey_free(-1) = %s", result(rc));
  rc = syscall(SYS_userfaultfd, 0x8);
  expect("userfaultfd(0x8 /* UFFD_??? */) = %s", result(rc));
  rc = syscall(SYS_remap_file_pages, 0x1000, 5, 0, 6, 0x10000);
  expect("remap_file_pages(0x1000, 5, PROT_NONE, 6, MAP_FILE|MAP_NONBLOCK) = %s", result(rc));
}

static void transfers(void) {
  static char from[] = "hello world, this is long enough to be cut into 32 bytes", to[sizeof from];
  struct iovec local[2] = {{to, 5}, {to + 5, 40}}, remote[2] = {{from, 5}, {from + 5, 40}};
  const int pid = getpid();
  long rc = syscall(SYS_process_vm_readv, pid, local, 2, remote, 2, 0);
  expect(
      "process_vm_readv(%d, [{iov_base=\"hello\", iov_len=5}, {iov_base=\" world, this is long enough to b\"..., "
      "iov_len=40}], 2, [{iov_base=%p, iov_len=5}, {iov_base=%p, iov_len=40}], 2, 0) = %s",
      pid, remote[0].iov_base, remote[1].iov_base, result(rc));
  rc = syscall(SYS_process_vm_writev, pid, remote, 1, local, 1, 0);
  expect("process_vm_writev(%d, [{iov_base=\"hello\", iov_len=5}], 1, [{iov_base=%p, iov_len=5}], 1, 0) = %s", pid,
         local[0].iov_base, result(rc));
  rc = syscall(SYS_process_vm_readv, -1, local, 1, unmapped(), 1, 5L);
  expect("process_vm_readv(-1, [{iov_base=%p, iov_len=5}], 1, %p, 1, 5) = %s", local[0].iov_base, unmapped(),
         result(rc));
  rc = syscall(SYS_process_madvise, -1, local, 1, 4, 7);
  expect("process_madvise(-1, [{iov_base=%p, iov_len=5}], 1, MADV_DONTNEED, 0x7) = %s", local[0].iov_base, result(rc));
}

int main(int argc, char** argv) {
  char* pages = mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  unmapped();
  live_begin(argc, argv);
  if (live_run == 0) advice(pages);
  residency(pages);
  if (live_run == 0) {
    policies(pages);
    barriers();
    transfers();
  }
  live_end();
}
