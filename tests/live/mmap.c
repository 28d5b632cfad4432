// Mapping calls: protections, mapping types and flags, page sizes, offsets in pages, results that are addresses.
// run: -e trace=mmap,mmap2,munmap,mprotect,mremap,brk,msync,mlock,munlock,mlock2,mlockall,munlockall,pkey_mprotect
// run: -X verbose -e trace=mmap,mmap2
#include "live.h"

#ifdef SYS_mmap2
#define MAP_NAME "mmap2"
#define map_call(...) syscall(SYS_mmap2, __VA_ARGS__)
#define OFFSET(pages) ((unsigned long long)(pages)*4096)
#else
#define MAP_NAME "mmap"
#define map_call(...) syscall(SYS_mmap, __VA_ARGS__)
#define OFFSET(pages) ((unsigned long long)(pages))
#endif

static void maps(void) {
  static const struct {
    int prot;
    const char* prot_text;
    unsigned flags;
    const char* flags_text;
  } cases[] = {
      {0, "PROT_NONE", 0, "MAP_FILE"},
      {1, "PROT_READ", 1, "MAP_SHARED"},
      {3, "PROT_READ|PROT_WRITE", 2, "MAP_PRIVATE"},
      {7, "PROT_READ|PROT_WRITE|PROT_EXEC", 3, "MAP_SHARED_VALIDATE"},
      {0x3000008, "PROT_SEM|PROT_GROWSDOWN|PROT_GROWSUP", 4, "0x4 /* MAP_??? */"},
      {0x40, "0x40 /* PROT_??? */", 0x10, "MAP_FILE|MAP_FIXED"},
      {0x41, "PROT_READ|0x40", 0x100922, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_GROWSDOWN|MAP_DENYWRITE|MAP_FIXED_NOREPLACE"},
      {3, "PROT_READ|PROT_WRITE", 0x54040022, "MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|21<<MAP_HUGE_SHIFT"},
      {3, "PROT_READ|PROT_WRITE", 0x404, "0x4 /* MAP_??? */|0x400"},
      {3, "PROT_READ|PROT_WRITE", 0x54000402, "MAP_PRIVATE|0x400|21<<MAP_HUGE_SHIFT"},
      {3, "PROT_READ|PROT_WRITE", 0x3f022,
       "MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE|MAP_POPULATE|MAP_NONBLOCK|MAP_EXECUTABLE|MAP_LOCKED|MAP_STACK"},
  };
  for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    // A length of 0 maps nothing.
    long rc = map_call(0x1000 * i, 0, cases[i].prot, cases[i].flags, -1, 0x5000 * i);
    const char* where = i == 0 ? "NULL" : format("%#x", 0x1000 * i);
    const char* offset = i == 0 ? "0" : format("%#llx", OFFSET(0x5000 * i));
    if (live_run == 0) {
      expect(MAP_NAME "(%s, 0, %s, %s, -1, %s) = %s", where, cases[i].prot_text, cases[i].flags_text, offset,
             result_address(rc));
      continue;
    }
    const char* prot = strstr(cases[i].prot_text, "???") ? cases[i].prot_text
                                                         : format("%#x /* %s */", cases[i].prot, cases[i].prot_text);
    const char* flags = format("%#x /* %s */", cases[i].flags, cases[i].flags_text);
    expect(MAP_NAME "(%s, 0, %s, %s, -1, %s) = %s", where, prot, flags, offset, result_address(rc));
  }
}

static void on_a_page(char* page) {
  long rc = syscall(SYS_mprotect, page, 4096, 1);
  expect("mprotect(%p, 4096, PROT_READ) = %s", page, result(rc));
  rc = syscall(SYS_mprotect, page + 1, 4096, 3);
  expect("mprotect(%p, 4096, PROT_READ|PROT_WRITE) = %s", page + 1, result(rc));
  rc = syscall(SYS_msync, page, 4096, 7);
  expect("msync(%p, 4096, MS_SYNC|MS_ASYNC|MS_INVALIDATE) = %s", page, result(rc));
  rc = syscall(SYS_msync, page, 4096, 0x70);
  expect("msync(%p, 4096, 0x70 /* MS_??? */) = %s", page, result(rc));
  rc = syscall(SYS_mlock, page, 4096);
  expect("mlock(%p, 4096) = %s", page, result(rc));
  rc = syscall(SYS_munlock, page, 4096);
  expect("munlock(%p, 4096) = %s", page, result(rc));
  rc = syscall(SYS_mlock2, page, 4096, 1);
  expect("mlock2(%p, 4096, MLOCK_ONFAULT) = %s", page, result(rc));
  rc = syscall(SYS_mlock2, page, 4096, 6);
  expect("mlock2(%p, 4096, 0x6 /* MLOCK_??? */) = %s", page, result(rc));
  rc = syscall(SYS_mlockall, 0);
  expect("mlockall(0) = %s", result(rc));
  rc = syscall(SYS_mlockall, 0x77);
  expect("mlockall(MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT|0x70) = %s", result(rc));
  rc = syscall(SYS_munlockall);
  expect("munlockall() = %s", result(rc));
  rc = syscall(SYS_pkey_mprotect, page, 4096, 3, -1);
  expect("pkey_mprotect(%p, 4096, PROT_READ|PROT_WRITE, -1) = %s", page, result(rc));
}

static void moved(char* page) {
  long rc = syscall(SYS_mremap, page, 4096, 4096, 0);
  expect("mremap(%p, 4096, 4096, 0) = %s", page, result_address(rc));
  rc = syscall(SYS_mremap, page, 4096, 4096, 2, page);
  expect("mremap(%p, 4096, 4096, MREMAP_FIXED) = %s", page, result_address(rc));
  rc = syscall(SYS_mremap, page, 4096, 4096, 3, page);
  expect("mremap(%p, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, %p) = %s", page, page, result_address(rc));
  rc = syscall(SYS_mremap, page, 4096, 4096, 0xd, 0);
  expect("mremap(%p, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP|0x8, NULL) = %s", page, result_address(rc));
  rc = syscall(SYS_munmap, page, 4096);
  expect("munmap(%p, 4096) = %s", page, result(rc));
  rc = syscall(SYS_munmap, 0, -1L);
  expect("munmap(NULL, %lu) = %s", -1L, result(rc));
  rc = syscall(SYS_brk, 0);
  expect("brk(NULL) = %#lx", rc);
  rc = syscall(SYS_brk, 1);
  expect("brk(0x1) = %#lx", rc);
}

int main(int argc, char** argv) {
  char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  live_begin(argc, argv);
  maps();
  if (live_run == 0) {
    on_a_page(page);
    moved(page);
  }
  live_end();
}
