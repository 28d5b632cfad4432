// For LD_PRELOAD: says at the end how often memory was allocated. That is the C library's business of handing out memory, which
// C++ programs reach through operator new.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>

static long count;

void *malloc(size_t size) {
  static void *(*real)(size_t);
  if (!real) real = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
  ++count;
  return real(size);
}

void *realloc(void *old, size_t size) {
  static void *(*real)(void *, size_t);
  if (!real) real = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
  ++count;
  return real(old, size);
}

__attribute__((destructor)) static void tell(void) { fprintf(stderr, "allocations: %ld\n", count); }
