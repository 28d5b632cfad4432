// Requests to consoles, page faults of a process and calls that a filter hands over: refused ones, and some that work.
// run: -e trace=ioctl -e signal=none
#include <linux/kd.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <linux/vt.h>
#include <sys/wait.h>

#include "refused.h"

static const struct row rows[] = {
    ROW(UFFDIO_API, sizeof(struct uffdio_api), "{api=0xaa, features=UFFD_FEATURE_PAGEFAULT_FLAG_WP}", 0xaa, 0, 1),
    ROW(UFFDIO_REGISTER, sizeof(struct uffdio_register),
        "{range={start=0x4000, len=0x1000}, mode=UFFDIO_REGISTER_MODE_MISSING}", 0x4000, 0, 0x1000, 0, 1),
    ROW(UFFDIO_COPY, sizeof(struct uffdio_copy), "{dst=0x1000, src=0x2000, len=0x1000, mode=UFFDIO_COPY_MODE_DONTWAKE}",
        0x1000, 0, 0x2000, 0, 0x1000, 0, 1),
    ROW(UFFDIO_WAKE, sizeof(struct uffdio_range), "{start=0x4000, len=0x1000}", 0x4000, 0, 0x1000, 0),
    ROW(KDGKBMODE, sizeof(long), NULL, 0),
    ROW(KDGETKEYCODE, sizeof(struct kbkeycode), "{scancode=0x7, keycode=0x8}", 7, 8),
    ROW(KDFONTOP, sizeof(struct console_font_op),
        "{op=KD_FONT_OP_GET, flags=0, width=8, height=16, charcount=256, data=NULL}", 1, 0, 8, 16, 256),
    ROW(GIO_SCRNMAP, 256, NULL, 0),
    ROW(SECCOMP_IOCTL_NOTIF_RECV, sizeof(struct seccomp_notif), NULL, 0),
    ROW(SECCOMP_IOCTL_NOTIF_SEND, sizeof(struct seccomp_notif_resp),
        "{id=0x5, val=6, error=-EPERM, flags=SECCOMP_USER_NOTIF_FLAG_CONTINUE}", 5, 0, 6, 0, -1u, 1),
    ROW(SECCOMP_IOCTL_NOTIF_ID_VALID, sizeof(uint64_t), "[0x5]", 5),
    ROW(SECCOMP_IOCTL_NOTIF_ADDFD, sizeof(struct seccomp_notif_addfd),
        "{id=0x5, flags=SECCOMP_ADDFD_FLAG_SETFD, srcfd=2, newfd=0, newfd_flags=O_CLOEXEC}", 5, 0, 1, 2, 0, 02000000),
};

static void console(void) {
  const int null = open("/dev/null", O_RDWR);
  const struct kbentry entry = {.kb_table = K_SHIFTTAB, .kb_index = 2, .kb_value = 0};
  const struct row set = ROW(KDSKBENT, 0, NULL, 0);
  refused(&set, null, tail_copy(&entry, sizeof entry),
          "{kb_table=K_SHIFTTAB, kb_index=2, kb_value=0 /* K(KT_LATIN, '\\x00') */}");
  refused(&(struct row)ROW(VT_ACTIVATE, 0, NULL, 0), null, (void*)2, "0x2");
  refused(&(struct row)ROW(VT_WAITACTIVE, 0, NULL, 0), null, NULL, "0");
  close(null);
}

// A terminal that is no console, and has a size.
static void terminal(void) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0) return;
  const struct winsize size = {.ws_row = 24, .ws_col = 80};
  refused(&(struct row)ROW(TIOCSWINSZ, 0, NULL, 0), master, &size, "{ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}");
  refused(&(struct row)ROW(TIOCGWINSZ, 0, NULL, 0), master, tail(sizeof size),
          "{ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}");
  refused(&(struct row)ROW(KDGKBMODE, 0, NULL, 0), master, tail(sizeof(int)), NULL);
  refused(&(struct row)ROW(KDGKBTYPE, 0, NULL, 0), master, tail(1), NULL);
  close(master);
}

// A child, which is not traced, says what faults are to be reported: how the kernel answers that depends on its
// version.
static bool watch(int faults, void* page, size_t size) {
  const pid_t child = fork();
  if (child == 0) {
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register range = {.range = {(uintptr_t)page, size}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    _exit(ioctl(faults, UFFDIO_API, &api) != 0 || ioctl(faults, UFFDIO_REGISTER, &range) != 0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0;
}

static void faults_of_pages(void) {
  const size_t size = (size_t)sysconf(_SC_PAGESIZE);
  const int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  char* page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (faults < 0 || !watch(faults, page, size)) return;
  const char* range = format("{start=%#lx, len=%#zx}", (unsigned long)page, size);
  struct uffdio_zeropage zero = {.range = {(uintptr_t)page, size}};
  const struct row zeropage = ROW(UFFDIO_ZEROPAGE, 0, NULL, 0);
  refused(&zeropage, faults, &zero, format("{range=%s, mode=0, zeropage=%#zx}", range, size));
  refused(&zeropage, faults, &zero, format("{range=%s, mode=0}", range));
  refused(&(struct row)ROW(UFFDIO_WAKE, 0, NULL, 0), faults, &zero.range, range);
  refused(&(struct row)ROW(UFFDIO_UNREGISTER, 0, NULL, 0), faults, &zero.range, range);
  close(faults);
}

static void calls_of_others(void) {
  struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const struct sock_fprog program = {1, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const int calls = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (calls < 0) return;
  const uint64_t id = 5;
  const struct seccomp_notif_resp answer = {.id = id, .error = -EPERM};
  refused(&(struct row)ROW(SECCOMP_IOCTL_NOTIF_ID_VALID, 0, NULL, 0), calls, &id, "[0x5]");
  refused(&(struct row)ROW(SECCOMP_IOCTL_NOTIF_SEND, 0, NULL, 0), calls, &answer,
          "{id=0x5, val=0, error=-EPERM, flags=0}");
  close(calls);
}

int main(int argc, char** argv) {
  live_begin(argc, argv);
  refuse_all(rows, sizeof rows / sizeof *rows);
  console();
  terminal();
  faults_of_pages();
  calls_of_others();
  live_end();
}
