// Calls that take their arguments apart by an operation: seccomp with programs of classic BPF, prctl, keyctl, ptrace.
// run: -v -e trace=seccomp,prctl,keyctl,ptrace,kcmp
#include <linux/filter.h>

#include "live.h"

static void filters(void) {
  struct sock_filter code[] = {{0x20, 0, 0, 4}, {0x15, 0, 1, 5}, {6, 0, 0, 0x50001}, {0xf8, 0, 0, 1}};
  struct sock_fprog program = {4, code};
  long rc = syscall(SYS_seccomp, 1, 0x80000000, &program);
  expect(
      "seccomp(SECCOMP_SET_MODE_FILTER, 0x80000000 /* SECCOMP_FILTER_FLAG_??? */, {len=4, filter=["
      "BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x5, 0, 0x1), "
      "BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO|0x1), BPF_STMT(BPF_LD|BPF_DW|0xe0 /* BPF_??? */, 0x1)]}) = %s",
      result(rc));
}

static void words(void) {
  long rc = syscall(SYS_prctl, 55, 0x13L, 0L, 0L, 1L);  // PR_SET_TAGGED_ADDR_CTRL
  expect("prctl(PR_SET_TAGGED_ADDR_CTRL, PR_TAGGED_ADDR_ENABLE|PR_MTE_TCF_SYNC|0x2<<PR_MTE_TAG_SHIFT, 0, 0, 0x1) = %s",
         result(rc));
  rc = syscall(SYS_prctl, 22, 7L, 1L, 2L, 3L);
  expect("prctl(PR_SET_SECCOMP, 0x7 /* SECCOMP_MODE_??? */, 0x1, 0x2, 0x3) = %s", result(rc));
  rc = syscall(SYS_keyctl, 19, -1L, 5L, 2L, -2L);  // KEYCTL_REJECT
  expect("keyctl(KEYCTL_REJECT, KEY_SPEC_THREAD_KEYRING, 5, ENOENT, KEY_SPEC_PROCESS_KEYRING) = %s", result(rc));
  rc = syscall(SYS_kcmp, -1, -1, 0, 0L, 1L);
  expect("kcmp(-1, -1, KCMP_FILE, 0, 1) = %s", result(rc));
}

static void requests(void) {
  long set[2] = {0x1000, 16};
  long rc = syscall(SYS_ptrace, 0x4204L, -1L, 1L, set);
  expect("ptrace(PTRACE_GETREGSET, -1, NT_PRSTATUS, {iov_base=0x1000, iov_len=16}) = %s", result(rc));
#if defined(__x86_64__) || defined(__i386__)
  rc = syscall(SYS_ptrace, 3L, -1L, 80L, unmapped());
  expect("ptrace(PTRACE_PEEKUSER, -1, 8*RAX, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_ptrace, 12L, -1L, 0L, unmapped());
  expect("ptrace(PTRACE_GETREGS, -1, %p) = %s", unmapped(), result(rc));
#endif
}

int main(int argc, char** argv) {
  unmapped();
  live_begin(argc, argv);
  filters();
  words();
  requests();
  live_end();
}
