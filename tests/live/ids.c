// Users and groups (16 bits wide in old 32-bit calls), capabilities, process groups and sessions, pidfds, limits.
// run: -e trace=%creds,%pure,setpgid,getpgid,getsid,pidfd_open,pidfd_getfd,pidfd_send_signal,getrlimit,setrlimit,prlimit64,ugetrlimit,getrusage,times,uname,sysinfo,personality,kcmp
#include <signal.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "live.h"

static int me;

static void users(void) {
  uint32_t* id = tail(3 * sizeof(uint32_t));
  long rc = syscall(SYS_getuid);
  expect("getuid() = %s", result(rc));
  rc = syscall(SYS_setreuid, -1, -1);
  expect("setreuid(-1, -1) = %s", result(rc));
  rc = syscall(SYS_setresgid, -1, -1, -1);
  expect("setresgid(-1, -1, -1) = %s", result(rc));
  rc = syscall(SYS_setuid, -1);
  expect("setuid(-1) = %s", result(rc));
  memset(id, 0, 3 * sizeof *id);
  rc = syscall(SYS_getresuid, id, (char*)id + 4, (char*)id + 8);
  expect("getresuid([%d], [%d], [%d]) = %s", me, me, me, result(rc));
  rc = syscall(SYS_getresgid, unmapped(), id, id);
  expect("getresgid(%p, %p, %p) = %s", unmapped(), id, id, result(rc));
}

static void groups(void) {
  long rc = syscall(SYS_getgroups, 0, NULL);
  expect("getgroups(0, NULL) = %s", result(rc));
  rc = syscall(SYS_getgroups, -1, unmapped());
  expect("getgroups(-1, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_setgroups, 1000000, unmapped());
  expect("setgroups(1000000, %p) = %s", unmapped(), result(rc));
  uint16_t narrow[] = {1, 0xffff};
  uint32_t wide[] = {1, 0xffffffff};
  void* list = LIVE_64 ? tail_copy(wide, sizeof wide) : tail_copy(narrow, sizeof narrow);
  char* end = (char*)list + (LIVE_64 ? sizeof wide : sizeof narrow);
  rc = syscall(SYS_setgroups, 3, list);
  expect("setgroups(3, [1, -1, ... /* %p */]) = %s", end, result(rc));
}

static void capabilities(void) {
  uint32_t header[2] = {0x20080522, 0};
  uint32_t data[6] = {3, 0x80000000, 0xffffffff, 1u << 8, 0, 0xfffffe00};
  void* cut = tail_copy(data, 20);
  long rc = syscall(SYS_capset, header, cut);
  expect("capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, %p) = %s", cut, result(rc));
  header[1] = 0x7fffffff;
  uint32_t few[6] = {3, 0x80000000, 0, 1u << 8, 0x80000000, 0};
  rc = syscall(SYS_capset, header, few);
  expect(
      "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=2147483647}, "
      "{effective=1<<CAP_CHOWN|1<<CAP_DAC_OVERRIDE|1<<CAP_CHECKPOINT_RESTORE, "
      "permitted=1<<CAP_SETFCAP|0x80000000 /* CAP_??? */, inheritable=0}) = %s",
      result(rc));
  header[0] = 0x12345678;
  rc = syscall(SYS_capget, header, unmapped());
  expect("capget({version=0x12345678 /* _LINUX_CAPABILITY_VERSION_??? */, pid=2147483647}, %p) = %s", unmapped(),
         result(rc));
  rc = syscall(SYS_capget, unmapped(), NULL);
  expect("capget(%p, NULL) = %s", unmapped(), result(rc));
}

static void processes(void) {
  long rc = syscall(SYS_setpgid, -1, -2);
  expect("setpgid(-1, -2) = %s", result(rc));
  rc = syscall(SYS_getsid, -1);
  expect("getsid(-1) = %s", result(rc));
  rc = syscall(434, -1, 0x880);
  expect("pidfd_open(-1, PIDFD_NONBLOCK|PIDFD_THREAD) = %s", result(rc));
  rc = syscall(438, -1, 5, 1);
  expect("pidfd_getfd(-1, 5, 0x1) = %s", result(rc));
  rc = syscall(424, -1, SIGKILL, NULL, 1);
  expect("pidfd_send_signal(-1, SIGKILL, NULL, PIDFD_SIGNAL_THREAD) = %s", result(rc));
  rc = syscall(SYS_personality, 0xffffffff);
  expect("personality(0xffffffff) = 0 (PER_LINUX)");
  rc = syscall(SYS_personality, 0x40000);
  expect("personality(PER_LINUX|ADDR_NO_RANDOMIZE) = 0 (PER_LINUX)");
  rc = syscall(SYS_personality, 0);
  expect("personality(PER_LINUX) = 0x40000 (PER_LINUX|ADDR_NO_RANDOMIZE)");
  rc = syscall(SYS_kcmp, -1, -2, 0, 3, 4);
  expect("kcmp(-1, -2, KCMP_FILE, 3, 4) = %s", result(rc));
  rc = syscall(SYS_kcmp, -1, -2, 1, 3, 4);
  expect("kcmp(-1, -2, KCMP_VM) = %s", result(rc));
  uint32_t slot[3] = {3, 4, 5};
  rc = syscall(SYS_kcmp, -1, -2, 7, 3, slot);
  expect("kcmp(-1, -2, KCMP_EPOLL_TFD, 3, {efd=3, tfd=4, toff=5}) = %s", result(rc));
  rc = syscall(SYS_kcmp, -1, -2, 9, 3, 4);
  expect("kcmp(-1, -2, 0x9 /* KCMP_??? */, 0x3, 0x4) = %s", result(rc));
}

static void limits(void) {
  uint64_t limit[2] = {2048, ~0ull};
  unsigned long old[2];
  const char* infinity = LIVE_64 ? "RLIM64_INFINITY" : "RLIM_INFINITY";
  long rc = syscall(SYS_prlimit64, 0x7fffffff, 7, limit, unmapped());
  expect("prlimit64(2147483647, RLIMIT_NOFILE, {rlim_cur=2*1024, rlim_max=RLIM64_INFINITY}, %p) = %s", unmapped(),
         result(rc));
  old[0] = 1024;
  old[1] = ~0ul;
  rc = syscall(SYS_setrlimit, 77, old);
  expect("setrlimit(0x4d /* RLIMIT_??? */, {rlim_cur=1024, rlim_max=%s}) = %s", infinity, result(rc));
  rc = syscall(SYS_prlimit64, 0, 4, NULL, limit);
  rc = syscall(SYS_prlimit64, 0, 4, limit, NULL);
  char text[2][40];
  for (int i = 0; i < 2; i++) {
    if (limit[i] == ~0ull) {
      snprintf(text[i], sizeof text[i], "RLIM64_INFINITY");
    } else if (limit[i] > 1024 && limit[i] % 1024 == 0) {
      snprintf(text[i], sizeof text[i], "%llu*1024", (unsigned long long)limit[i] / 1024);
    } else {
      snprintf(text[i], sizeof text[i], "%llu", (unsigned long long)limit[i]);
    }
  }
  expect("prlimit64(0, RLIMIT_CORE, NULL, {rlim_cur=%s, rlim_max=%s}) = 0", text[0], text[1]);
  expect("prlimit64(0, RLIMIT_CORE, {rlim_cur=%s, rlim_max=%s}, NULL) = %s", text[0], text[1], result(rc));
  rc = syscall(SYS_getrusage, 5, unmapped());
  expect("getrusage(0x5 /* RUSAGE_??? */, %p) = %s", unmapped(), result(rc));
  rc = syscall(SYS_times, unmapped());
  expect("times(%p) = %s", unmapped(), result(rc));
  struct utsname* name = tail(sizeof(struct utsname));
  rc = syscall(SYS_uname, name);
  expect("uname({sysname=\"%s\", nodename=\"%s\", ...}) = %s", name->sysname, name->nodename, result(rc));
  rc = syscall(SYS_sysinfo, unmapped());
  expect("sysinfo(%p) = %s", unmapped(), result(rc));
}

int main(int argc, char** argv) {
  unmapped();
  me = (int)getuid();
  live_begin(argc, argv);
  users();
  groups();
  capabilities();
  processes();
  limits();
  live_end();
}
