// x86 register sets: arch/x86/include/uapi/asm/ptrace.h (64-bit), struct user_regs_struct32 of arch/x86 (32-bit).
// The order of the words is that of the kernel's stack frame. System call conventions: syscall(2).

#include <algorithm>
#include <array>
#include <cstring>

#include "arch/regsets.h"

namespace ktrace::arch {
namespace {

struct Regs64 {
  uint64_t r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss, fs_base,
      gs_base, ds, es, fs, gs;
};
static_assert(sizeof(Regs64) == 27 * 8);

struct Regs32 {
  uint32_t bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss;
};
static_assert(sizeof(Regs32) == 17 * 4);

constexpr uint64_t code_segment_32 = 0x23;  // __USER32_CS
constexpr int64_t enosys = 38;

template <class Regs>
Regs load(Bytes regset) {
  Regs regs;
  std::memcpy(&regs, regset.data(), sizeof regs);
  return regs;
}

int64_t widen(uint32_t value) {
  return static_cast<int32_t>(value);
}

}  // namespace

std::optional<Registers> x86_registers(Bytes regset, std::optional<Abi> as) {
  if (regset.size() == sizeof(Regs32)) {
    const auto r = load<Regs32>(regset);
    return Registers{.abi = Abi::i386,
                     .number = r.orig_ax,
                     .args = {r.bx, r.cx, r.dx, r.si, r.di, r.bp},
                     .result = widen(r.ax),
                     .ip = {r.ip},
                     .sp = {r.sp}};
  }
  if (regset.size() != sizeof(Regs64)) return std::nullopt;
  const auto r = load<Regs64>(regset);
  const bool is_32 = as ? *as == Abi::i386 : r.cs == code_segment_32;
  Registers out{.abi = is_32 ? Abi::i386 : Abi::x86_64,
                .number = r.orig_ax,
                .args = {r.di, r.si, r.dx, r.r10, r.r8, r.r9},
                .result = static_cast<int64_t>(r.ax),
                .ip = {r.ip},
                .sp = {r.sp}};
  if (is_32) {
    out.args = {r.bx, r.cx, r.dx, r.si, r.di, r.bp};
    std::ranges::transform(out.args, out.args.begin(), [](uint64_t v) { return v & 0xffff'ffff; });
    out.number &= 0xffff'ffff;
    out.result = widen(static_cast<uint32_t>(r.ax));
  }
  return out;
}

std::optional<UnwindRegisters> x86_unwind_registers(Bytes regset) {
  if (regset.size() == sizeof(Regs32)) {
    const auto r = load<Regs32>(regset);
    return UnwindRegisters{
        .abi = Abi::i386, .values = {r.ax, r.cx, r.dx, r.bx, r.sp, r.bp, r.si, r.di, r.ip}, .ip = {r.ip}};
  }
  if (regset.size() != sizeof(Regs64)) return std::nullopt;
  const auto r = load<Regs64>(regset);
  return UnwindRegisters{.abi = Abi::x86_64,
                         .values = {r.ax, r.dx, r.cx, r.bx, r.si, r.di, r.bp, r.sp, r.r8, r.r9, r.r10, r.r11, r.r12,
                                    r.r13, r.r14, r.r15, r.ip},
                         .ip = {r.ip}};
}

std::optional<bool> x86_is_exit(Bytes regset) {
  const auto registers = x86_registers(regset);
  if (!registers || registers->result == -enosys) return std::nullopt;  // entry, or a call that returned ENOSYS
  return true;
}

}  // namespace ktrace::arch
