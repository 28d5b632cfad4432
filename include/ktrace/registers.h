// The registers of a stopped tracee that the tracer and the unwinder need, in one shape for every architecture.
// Sources: arch/x86/include/uapi/asm/ptrace.h, arch/arm64/include/uapi/asm/ptrace.h; syscall(2) for the conventions.
#pragma once

#include <array>
#include <cstdint>

#include "ktrace/abi.h"
#include "ktrace/base/ids.h"

namespace ktrace {

struct Registers {
  Abi abi = native_abi;  // of the code that runs, from the register set's size or the code segment
  uint64_t number = 0;   // system call number at a syscall-stop
  std::array<uint64_t, 6> args{};
  int64_t result = 0;  // the register that holds the result at an exit stop
  Address ip;
  Address sp;
};

// What unwinding starts from: the registers by their DWARF numbers (x86-64 psABI, figure 3.36; i386 psABI, table 2.14;
// the AADWARF documents of Arm). The stack pointer is one of them: 7, 4, 31 and 13.
struct UnwindRegisters {
  static constexpr unsigned most = 33;
  Abi abi = native_abi;  // of the code that runs
  std::array<uint64_t, most> values{};
  Address ip;
};
constexpr unsigned stack_pointer(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return 7;
    case Abi::i386: return 4;
    case Abi::aarch64: return 31;
    case Abi::arm: return 13;
  }
  return 0;
}

}  // namespace ktrace
