#include "tracer/syscall_change.h"

#include <sys/ptrace.h>

#include <cerrno>
#include <cstddef>

#include "arch/regsets.h"

namespace ktrace::tracer {
namespace {

// The C library's header may be older than the request.
constexpr auto set_syscall_info = static_cast<__ptrace_request>(0x4212);

using KernelInfo = __ptrace_syscall_info;

enum class Change : uint8_t { made, gone, unknown_request };

// Reads what the kernel says of the stop, and writes it back changed, if the stop is the one that the edit is for.
template <class Edit>
Change change(Tid tid, Edit edit) {
  KernelInfo info{};
  const auto size = reinterpret_cast<void*>(sizeof info);  // NOLINT(performance-no-int-to-ptr)
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, tid.value, size, &info) < 0)
    return errno == ESRCH ? Change::gone : Change::unknown_request;
  if (!edit(info)) return Change::gone;  // killed since, it stops again already: to exit
  if (::ptrace(set_syscall_info, tid.value, size, &info) == 0) return Change::made;
  return errno == ESRCH ? Change::gone : Change::unknown_request;
}

}  // namespace

bool SyscallChanger::set_number(Tid tid, uint64_t number) {
  if (!registers_only_) {
    const Change done = change(tid, [number](KernelInfo& info) {
      if (info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
        info.seccomp.nr = number;
      } else {
        info.entry.nr = number;
      }
      return info.op != PTRACE_SYSCALL_INFO_EXIT;
    });
    if (done != Change::unknown_request) return done == Change::made;
    registers_only_ = true;
  }
  return arch::write_syscall_number(tid, static_cast<int64_t>(number));
}

bool SyscallChanger::set_result(Tid tid, const Outcome& result) {
  if (!registers_only_) {
    const Change done = change(tid, [&result](KernelInfo& info) {
      info.exit.rval = result.value;
      info.exit.is_error = result.is_error ? 1 : 0;
      return info.op == PTRACE_SYSCALL_INFO_EXIT;
    });
    if (done != Change::unknown_request) return done == Change::made;
    registers_only_ = true;
  }
  return arch::write_result(tid, result.value);
}

}  // namespace ktrace::tracer
