// A library that calls back: what is loaded from many copies of it makes calls from as many files.
#include <sys/syscall.h>
#include <unistd.h>

long called(void) {
  const volatile long parent = syscall(SYS_getppid);  // kept, so that this frame is still there during the call
  return parent;
}
