#include "tracer/syscall_info.h"

#include <linux/audit.h>
#include <sys/ptrace.h>

#include <cerrno>

#include "arch/regsets.h"
#include "ktrace/base/check.h"
#include "tracer/ptrace_calls.h"

namespace ktrace::tracer {
namespace {

using KernelInfo = __ptrace_syscall_info;

constexpr int64_t largest_errno = 4095;

Abi abi_of(uint32_t audit_arch) {
  switch (audit_arch) {
    case AUDIT_ARCH_X86_64: return Abi::x86_64;  // x32 as well: its numbers carry a bit of their own
    case AUDIT_ARCH_I386: return Abi::i386;
    case AUDIT_ARCH_AARCH64: return Abi::aarch64;
    case AUDIT_ARCH_ARM: return Abi::arm;
    default: KT_CHECK(false, "the kernel names an architecture that ktrace does not know");
  }
}

// `what`: info.entry, or info.seccomp, which begins like it.
template <class What>
SyscallEntry entry_from(const KernelInfo& info, const What& what) {
  SyscallEntry entry{.abi = abi_of(info.arch),
                     .number = what.nr,
                     .args = {},
                     .ip = {info.instruction_pointer},
                     .sp = {info.stack_pointer}};
  const uint64_t mask = is_32_bit(entry.abi) ? 0xffff'ffff : ~uint64_t{0};
  for (std::size_t i = 0; i < entry.args.size(); ++i) entry.args[i] = what.args[i] & mask;
  return entry;
}

SyscallExit exit_from(const KernelInfo& info) {
  return {.outcome = {.value = info.exit.rval, .is_error = info.exit.is_error != 0, .available = true},
          .ip = {info.instruction_pointer}};
}

// 64-bit code may call the 32-bit kernel entry, and the register set does not show it: the instruction does.
bool entered_by_foreign_instruction(Tid tid, const Registers& registers) {
  const arch::Bytes wanted = arch::foreign_syscall_instruction();
  if (wanted.empty() || registers.abi != native_abi) return false;
  const auto word = ptrace::peek(tid, {registers.ip.value - wanted.size()});
  if (!word) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (((*word >> (8 * i)) & 0xff) != wanted[i]) return false;
  }
  return true;
}

}  // namespace

std::optional<SyscallStop> SyscallReader::read(Tid tid, bool in_call) {
  if (registers_only_) return from_registers(tid, in_call);
  KernelInfo info;
  const auto size = reinterpret_cast<void*>(sizeof info);  // NOLINT(performance-no-int-to-ptr)
  const long filled = ::ptrace(PTRACE_GET_SYSCALL_INFO, tid.value, size, &info);
  if (filled < 0) {
    if (errno == ESRCH) return std::nullopt;
    registers_only_ = true;  // EIO: this kernel does not have it
    return from_registers(tid, in_call);
  }
  switch (info.op) {
    case PTRACE_SYSCALL_INFO_ENTRY: return entry_from(info, info.entry);
    case PTRACE_SYSCALL_INFO_SECCOMP: return entry_from(info, info.seccomp);
    case PTRACE_SYSCALL_INFO_EXIT: return exit_from(info);
    default: return std::nullopt;  // killed since, it stops again already: to exit
  }
}

// Which of the two stops it is: arm64 says so in a register. On x86 the result register holds ENOSYS at every entry and
// at few exits, so anything else is an exit, and for ENOSYS the stops alternate.
std::optional<SyscallStop> SyscallReader::from_registers(Tid tid, bool in_call) {
  auto live = arch::read_registers(tid);
  if (!live) return std::nullopt;
  const Registers& r = live->registers;
  if (live->is_exit.value_or(in_call)) {
    const bool is_error = r.result < 0 && r.result >= -largest_errno;
    return SyscallExit{.outcome = {.value = r.result, .is_error = is_error, .available = true}, .ip = r.ip};
  }
  if (entered_by_foreign_instruction(tid, r)) {
    live = arch::read_registers_as(tid, compat_abi);
    if (!live) return std::nullopt;
  }
  return SyscallEntry{.abi = r.abi, .number = r.number, .args = r.args, .ip = r.ip, .sp = r.sp};
}

}  // namespace ktrace::tracer
