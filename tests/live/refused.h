// Requests of ioctl(2) that the descriptor refuses: what they point to shows if the kernel would have read it, else its
// address. Each row is made with data that can be read, NULL, an address without memory, and data of which the last
// byte is missing; the last row of all is made with a descriptor that is none.
#pragma once

#include <fcntl.h>
#include <sys/ioctl.h>

#include "live.h"

struct row {
  unsigned long request;
  const char* name;
  size_t size;
  const char* shown;  // NULL: the kernel only writes it
  unsigned words[8];  // what the data begins with; the rest is 0
};

#define ROW(request, size, shown, ...) \
  {                                    \
    request, #request, size, shown, {  \
      __VA_ARGS__                      \
    }                                  \
  }

static void refused(const struct row* row, int fd, const void* data, const char* shown) {
  const long rc = syscall(SYS_ioctl, fd, row->request, data);
  expect("ioctl(%d, %s, %s) = %s", fd, row->name, shown ? shown : address(data), result(rc));
}

static void refuse_all(const struct row* rows, size_t count) {
  const int null = open("/dev/null", O_RDWR);
  for (const struct row* row = rows; row != rows + count; row++) {
    unsigned char* data = tail(row->size);
    memcpy(data, row->words, row->size < sizeof row->words ? row->size : sizeof row->words);
    refused(row, null, data, row->shown);
    refused(row, null, NULL, NULL);
    refused(row, null, unmapped(), NULL);
    if (row->size > 1) refused(row, null, data + 1, NULL);
    if (row + 1 == rows + count) refused(row, -1, data, row->shown);
  }
  close(null);
}
