// Calls that would change the machine, none of which the kernel gets to see: another kernel, modules, swap areas, reboot.
// run: -e trace=kexec_load,kexec_file_load,init_module,finit_module,delete_module,swapon,swapoff,reboot,syslog,acct,uselib,ustat,sysfs
#include "live.h"

#define NO " = -1 EPERM (Operation not permitted)"

static void other_kernel(void) {
  const struct {
    const void* buf;
    size_t bufsz;
    const void* mem;
    size_t memsz;
  } list[2] = {{"abc", 3, (void*)0x100000, 4096}, {NULL, 0, (void*)1, 2}};
  const void* last = tail_copy(list, sizeof list);
  const char* first = format("{buf=%s, bufsz=3, mem=0x100000, memsz=4096}", address(list[0].buf));
  syscall(SYS_kexec_load, 0x1000L, 2L, last, 0x3e0003L);
  expect("kexec_load(0x1000, 2, [%s, {buf=NULL, bufsz=0, mem=0x1, memsz=2}], KEXEC_ARCH_X86_64|KEXEC_ON_CRASH|KEXEC_PRESERVE_CONTEXT)" NO, first);
  syscall(SYS_kexec_load, 0L, 2L, (const char*)last + sizeof *list, 0x280004L);
  expect("kexec_load(NULL, 2, [{buf=NULL, bufsz=0, mem=0x1, memsz=2}, ... /* %#lx */], KEXEC_ARCH_ARM|KEXEC_UPDATE_ELFCOREHDR)" NO,
         (unsigned long)last + sizeof list);
  syscall(SYS_kexec_load, 0L, 17L, last, 0xffff0000L);  // more than the kernel takes
  expect("kexec_load(NULL, 17, %s, 0xffff0000 /* KEXEC_ARCH_??? */)" NO, address(last));
  syscall(SYS_kexec_load, 0L, 0L, NULL, 0x20L);
  expect("kexec_load(NULL, 0, NULL, KEXEC_ARCH_DEFAULT|0x20 /* KEXEC_??? */)" NO);
#ifdef SYS_kexec_file_load
  syscall(SYS_kexec_file_load, 3, -1, 5L, "quiet", 0xffL);
  expect("kexec_file_load(3, -1, 5, \"quiet\", KEXEC_FILE_UNLOAD|KEXEC_FILE_ON_CRASH|KEXEC_FILE_NO_INITRAMFS|KEXEC_FILE_DEBUG|"
         "KEXEC_FILE_NO_CMA|KEXEC_FILE_FORCE_DTB|0xc0)" NO);
  syscall(SYS_kexec_file_load, 3, 4, 3L, "quiet", 0L);
  expect("kexec_file_load(3, 4, 3, \"qui\", 0)" NO);
#endif
}

static void modules(void) {
  const char image[] = "ELF";
  syscall(SYS_init_module, image, 4L, "a=1 b=\"2\"");
  expect("init_module(%s, 4, \"a=1 b=\\\"2\\\"\")" NO, address(image));
  syscall(SYS_init_module, 1L, 4L, unmapped());
  expect("init_module(0x1, 4, %s)" NO, address(unmapped()));
  syscall(SYS_finit_module, 5, "x=1", 15);
  expect("finit_module(5, \"x=1\", MODULE_INIT_IGNORE_MODVERSIONS|MODULE_INIT_IGNORE_VERMAGIC|MODULE_INIT_COMPRESSED_FILE|0x8)" NO);
  syscall(SYS_delete_module, "mod", 04000 | 01000);
  expect("delete_module(\"mod\", O_NONBLOCK|O_TRUNC)" NO);
  syscall(SYS_delete_module, NULL, 1);
  expect("delete_module(NULL, 0x1 /* O_??? */)" NO);
}

static void swapping(void) {
  syscall(SYS_swapon, "/swap", 0x8005);
  expect("swapon(\"/swap\", SWAP_FLAG_PREFER|5)" NO);
  syscall(SYS_swapon, "/swap", 0xf0000);
  expect("swapon(\"/swap\", SWAP_FLAG_DISCARD|SWAP_FLAG_DISCARD_ONCE|SWAP_FLAG_DISCARD_PAGES|0x80000|0)" NO);
  syscall(SYS_swapoff, NULL);
  expect("swapoff(NULL)" NO);
  syscall(SYS_acct, "/acct");
  expect("acct(\"/acct\")" NO);
#ifdef SYS_uselib
  syscall(SYS_uselib, "/lib");
  expect("uselib(\"/lib\")" NO);
#endif
}

static void others(void) {
  // With a wrong number, whoever sees it.
  syscall(SYS_reboot, 0xfee1deadL, 5L, 0xa1b2c3d4L, "x");
  expect("reboot(LINUX_REBOOT_MAGIC1, 0x5 /* LINUX_REBOOT_MAGIC2??? */, LINUX_REBOOT_CMD_RESTART2, \"x\")" NO);
  syscall(SYS_reboot, 1L, 2L, 3L, 4L);
  expect("reboot(0x1 /* LINUX_REBOOT_MAGIC1??? */, 0x2 /* LINUX_REBOOT_MAGIC2??? */, 0x3 /* LINUX_REBOOT_CMD_??? */)" NO);
  char text[8] = "";
  syscall(SYS_syslog, 3, text, 8);
  expect("syslog(3 /* SYSLOG_ACTION_READ_ALL */, %s, 8)" NO, address(text));
  syscall(SYS_syslog, 8, NULL, 7);
  expect("syslog(8 /* SYSLOG_ACTION_CONSOLE_LEVEL */, NULL, 7 /* LOGLEVEL_DEBUG */)" NO);
  syscall(SYS_syslog, 10, NULL, 7);
  expect("syslog(10 /* SYSLOG_ACTION_SIZE_BUFFER */)" NO);
#ifdef SYS_ustat
  syscall(SYS_ustat, 0x801L, text);
  expect("ustat(makedev(0x8, 0x1), %s)" NO, address(text));
  syscall(SYS_sysfs, 4, 5L, 6L);
  expect("sysfs(0x4, 0x5, 0x6)" NO);
#endif
}

int main(int argc, char** argv) {
  static const long calls[] = {
#ifdef SYS_kexec_file_load
      SYS_kexec_file_load,
#endif
      SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_swapon, SYS_swapoff,
      SYS_reboot, SYS_syslog,      SYS_acct,
#ifdef SYS_uselib
      SYS_uselib,
#endif
#ifdef SYS_ustat
      SYS_ustat,       SYS_sysfs,
#endif
  };
  for (unsigned k = 0; k < sizeof calls / sizeof *calls; ++k) live_answer(calls[k], EPERM, false);
  unmapped();
  live_begin(argc, argv);
  other_kernel();
  modules();
  swapping();
  others();
  live_end();
}
