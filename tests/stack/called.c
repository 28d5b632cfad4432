// A library that calls back: what is loaded from many copies of it makes calls from as many files.
#include <sys/syscall.h>
#include <unistd.h>

long called(void) { return syscall(SYS_getppid); }
