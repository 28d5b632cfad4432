// Descriptors of live tracees, from procfs and sock_diag. One object serves all of them: select() says whose
// descriptors the next questions are about. Nothing is read that the options did not ask for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ktrace/base/ids.h"
#include "ktrace/descriptors.h"
#include "resolve/pid_namespaces.h"
#include "resolve/sockets.h"
#include "resolve/what.h"

namespace ktrace::resolve {

class LiveDescriptors : public Descriptors {
 public:
  LiveDescriptors(const DecodeFds& fds, const DecodePids& pids) : fds_(fds), pids_(pids) {}

  void select(Tid tid) { tid_ = tid; }
  // The name of a thread by its number in ktrace's own PID namespace; empty without -Y.
  std::string_view comm(Tid tid);

  std::string_view describe(int fd) override;
  std::string_view describe_cwd() override;
  PidNames describe_pid(int pid, PidKind kind) override;
  std::string_view namespace_of(int pid, std::string_view name) override;
  std::string_view describe_of(int pid, int fd) override;
  int pid_of(int pidfd) override;
  std::string_view path(int fd) override;
  std::string_view cwd() override;
  Socket socket(int fd) override;
  std::string_view interface_name(unsigned index) override;

 private:
  bool describe_socket(int fd);
  bool describe_device(int fd);
  bool describe_eventfd(int fd);
  bool describe_pidfd(int fd);
  bool describe_signalfd(int fd);
  void strip_deleted(int fd);

  DecodeFds fds_;
  DecodePids pids_;
  Tid tid_;
  Sockets sockets_;
  PidNamespaces pid_namespaces_;
  std::string path_;      // of the descriptor at hand, as the kernel has it but for ` (deleted)`
  bool deleted_ = false;  // it has no name any more
  std::string text_;      // the answer
  std::string comm_;      // as the kernel has it
};

}  // namespace ktrace::resolve
