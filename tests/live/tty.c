// Terminals: termios in brief and in full, window sizes, numbers that nobody knows.
// run: -e trace=ioctl
// run: -v -e trace=ioctl
#include <fcntl.h>
#include <sys/ioctl.h>

#include "live.h"

struct kernel_termios {
  unsigned iflag, oflag, cflag, lflag;
  unsigned char line, cc[19];
};

int main(int argc, char** argv) {
  const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  if (master < 0) live_skip("no /dev/ptmx");
  live_begin(argc, argv);
  const struct kernel_termios set = {0x500,  5, 0xbf,
                                     0x8a3b, 0, {3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22}};
  const char* all = live_run == 0
                        ? "..."
                        : "c_line=N_TTY, c_cc=[[VINTR]=0x3, [VQUIT]=0x1c, [VERASE]=0x7f, [VKILL]=0x15, [VEOF]=0x4, "
                          "[VTIME]=0, [VMIN]=0x1, [VSWTC]=0, [VSTART]=0x11, [VSTOP]=0x13, [VSUSP]=0x1a, [VEOL]=0, "
                          "[VREPRINT]=0x12, [VDISCARD]=0xf, [VWERASE]=0x17, [VLNEXT]=0x16, [VEOL2]=0, [17]=0, [18]=0]";
  const char* words =
      "c_iflag=ICRNL|IXON, c_oflag=NL0|CR0|TAB0|BS0|VT0|FF0|OPOST|ONLCR, c_cflag=B38400|CS8|CREAD, "
      "c_lflag=ISIG|ICANON|ECHO|ECHOE|ECHOK|IEXTEN|ECHOCTL|ECHOKE";
  long rc = syscall(SYS_ioctl, master, 0x5402, &set);
  expect("ioctl(%d, TCSETS, {%s, %s}) = %s", master, words, all, result(rc));
  struct kernel_termios got;
  rc = syscall(SYS_ioctl, master, 0x5401, &got);
  expect("ioctl(%d, TCGETS, {%s, %s}) = %s", master, words, all, result(rc));
  rc = syscall(SYS_ioctl, master, 0x5401, unmapped());
  expect("ioctl(%d, TCGETS, %s) = %s", master, address(unmapped()), result(rc));
  const struct winsize size = {24, 80, 0, 0};
  rc = syscall(SYS_ioctl, master, TIOCSWINSZ, &size);
  expect("ioctl(%d, TIOCSWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = %s", master, result(rc));
  int number = -1;
  rc = syscall(SYS_ioctl, master, TIOCGPTN, &number);
  expect("ioctl(%d, TIOCGPTN, [%d]) = %s", master, number, result(rc));
  rc = syscall(SYS_ioctl, master, FIONREAD, &number);
  expect("ioctl(%d, FIONREAD, [%d]) = %s", master, number, result(rc));
  rc = syscall(SYS_ioctl, master, FIOCLEX);
  expect("ioctl(%d, FIOCLEX) = %s", master, result(rc));
  rc = syscall(SYS_ioctl, master, TCFLSH, 2L);
  expect("ioctl(%d, TCFLSH, TCIOFLUSH) = %s", master, result(rc));
  rc = syscall(SYS_ioctl, master, 0xc0045430, 0x10L);
  expect("ioctl(%d, _IOC(_IOC_READ|_IOC_WRITE, 0x54, 0x30, 0x4), 0x10) = %s", master, result(rc));
  rc = syscall(SYS_ioctl, -1L, 0x5402, NULL);
  expect("ioctl(-1, SNDCTL_TMR_START or TCSETS, NULL) = %s", result(rc));
  live_end();
}
