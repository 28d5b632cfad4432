// arm64 register sets: struct user_pt_regs of arch/arm64/include/uapi/asm/ptrace.h, and the 18 words of a 32-bit
// process (compat_elf_gregset_t: r0-r15, cpsr, orig_r0). System call conventions: syscall(2).
//
// The kernel overwrites x0 with the result, so at an exit stop the first argument is gone in native code; a 32-bit
// process keeps it in orig_r0. At a syscall-stop it puts 0 (entry) or 1 (exit) in x7, r12 for 32-bit code
// (report_syscall_enter in arch/arm64/kernel/ptrace.c).

#include <algorithm>
#include <array>
#include <cstring>

#include "arch/regsets.h"

namespace ktrace::arch {
namespace {

struct Regs64 {
  std::array<uint64_t, 31> x;
  uint64_t sp, pc, pstate;
};
static_assert(sizeof(Regs64) == 34 * 8);

struct Regs32 {
  std::array<uint32_t, 16> r;
  uint32_t cpsr, orig_r0;
};
static_assert(sizeof(Regs32) == 18 * 4);

template <class Regs>
Regs load(Bytes regset) {
  Regs regs;
  std::memcpy(&regs, regset.data(), sizeof regs);
  return regs;
}

}  // namespace

std::optional<Registers> arm_registers(Bytes regset, std::optional<int> syscall_number) {
  if (regset.size() == sizeof(Regs32)) {
    const auto r = load<Regs32>(regset);
    const uint32_t number = syscall_number ? static_cast<uint32_t>(*syscall_number) : r.r[7];
    return Registers{.abi = Abi::arm,
                     .number = number,
                     .args = {r.orig_r0, r.r[1], r.r[2], r.r[3], r.r[4], r.r[5]},
                     .result = static_cast<int32_t>(r.r[0]),
                     .ip = {r.r[15]},
                     .sp = {r.r[13]}};
  }
  if (regset.size() != sizeof(Regs64)) return std::nullopt;
  const auto r = load<Regs64>(regset);
  // NT_ARM_SYSTEM_CALL is an int: -1 has to stay the 64-bit -1 that PTRACE_GET_SYSCALL_INFO tells.
  const uint64_t number = syscall_number ? static_cast<uint64_t>(static_cast<int64_t>(*syscall_number)) : r.x[8];
  return Registers{.abi = Abi::aarch64,
                   .number = number,
                   .args = {r.x[0], r.x[1], r.x[2], r.x[3], r.x[4], r.x[5]},
                   .result = static_cast<int64_t>(r.x[0]),
                   .ip = {r.pc},
                   .sp = {r.sp}};
}

std::optional<UnwindRegisters> arm_unwind_registers(Bytes regset) {
  UnwindRegisters out;
  if (regset.size() == sizeof(Regs32)) {
    const auto r = load<Regs32>(regset);
    out.abi = Abi::arm;
    std::ranges::copy(r.r, out.values.begin());
    out.ip = {r.r[15]};
    return out;
  }
  if (regset.size() != sizeof(Regs64)) return std::nullopt;
  const auto r = load<Regs64>(regset);
  out.abi = Abi::aarch64;
  std::ranges::copy(r.x, out.values.begin());
  out.values[31] = r.sp;
  out.values[32] = r.pc;
  out.ip = {r.pc};
  return out;
}

std::optional<bool> arm_is_exit(Bytes regset) {
  if (regset.size() == sizeof(Regs32)) return load<Regs32>(regset).r[12] != 0;
  if (regset.size() == sizeof(Regs64)) return load<Regs64>(regset).x[7] != 0;
  return std::nullopt;
}

}  // namespace ktrace::arch
