// Opens a file for a trace, with the rights of whoever called ktrace, also where ktrace is installed setuid.
//
// With -u the tracees are those of another user, who may be able to write where the trace is written: a symbolic link
// planted there would make root empty any file, and a FIFO would make ktrace wait. So then links are followed only if
// they are the caller's or root's (as the kernel does in /tmp, fs.protected_symlinks), and nothing is waited for.
#pragma once

#include <sys/types.h>

#include <string>

#include "ktrace/base/result.h"
#include "ktrace/base/unique_fd.h"

namespace ktrace::output {

// The effective ids are put aside as long as it lives.
class AsCaller {
 public:
  AsCaller();
  AsCaller(const AsCaller&) = delete;
  AsCaller& operator=(const AsCaller&) = delete;
  ~AsCaller();

 private:
  uid_t uid_;
  gid_t gid_;
  bool changed_ = false;
};

struct HowToOpen {
  bool append = false;  // else what is in it is lost
  bool wary = false;
};

// The error is in strace's words.
Result<UniqueFd> open_file(const std::string& path, HowToOpen how);

}  // namespace ktrace::output
