// The live side: PTRACE_GETREGSET of the architecture that ktrace runs on. The kernel cuts the set to the size that
// the tracee's mode has, which is how a 32-bit process is told from a 64-bit one (ptrace(2)).

#include "arch/regsets.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <array>
#include <cstring>

namespace ktrace::arch {
namespace {

constexpr std::size_t largest_regset = 34 * 8;

struct Buffer {
  alignas(8) std::array<uint8_t, largest_regset> bytes;
  std::size_t size = 0;
  [[nodiscard]] Bytes used() const { return Bytes(bytes).first(size); }
};

bool transfer(__ptrace_request request, Tid tid, int type, void* data, std::size_t& size) {
  iovec vector{.iov_base = data, .iov_len = size};
  // ptrace(2) takes the note type where other requests take an address.
  if (::ptrace(request, tid.value, reinterpret_cast<void*>(static_cast<std::uintptr_t>(type)), &vector) != 0)
    return false;
  size = vector.iov_len;
  return true;
}

bool read_general(Tid tid, Buffer& buffer) {
  buffer.size = buffer.bytes.size();
  return transfer(PTRACE_GETREGSET, tid, NT_PRSTATUS, buffer.bytes.data(), buffer.size);
}

template <class Word>
void put(Buffer& buffer, std::size_t word, int64_t value) {
  const auto narrow = static_cast<Word>(value);
  std::memcpy(buffer.bytes.data() + word * sizeof narrow, &narrow, sizeof narrow);
}

template <class Word>
[[maybe_unused]] Word get(const Buffer& buffer, std::size_t word) {
  Word value;
  std::memcpy(&value, buffer.bytes.data() + word * sizeof value, sizeof value);
  return value;
}

template <class Change>
bool change(Tid tid, Change apply) {
  Buffer buffer;
  if (!read_general(tid, buffer)) return false;
  apply(buffer);
  return transfer(PTRACE_SETREGSET, tid, NT_PRSTATUS, buffer.bytes.data(), buffer.size);
}

}  // namespace

#if defined(__x86_64__)

namespace {

std::optional<LiveRegisters> read_x86(Tid tid, std::optional<Abi> as) {
  Buffer buffer;
  if (!read_general(tid, buffer)) return std::nullopt;
  auto registers = x86_registers(buffer.used(), as);
  if (!registers) return std::nullopt;
  return LiveRegisters{.registers = *registers, .is_exit = x86_is_exit(buffer.used())};
}

}  // namespace

std::optional<LiveRegisters> read_registers(Tid tid) {
  return read_x86(tid, std::nullopt);
}
std::optional<LiveRegisters> read_registers_as(Tid tid, Abi abi) {
  return read_x86(tid, abi);
}

std::optional<UnwindRegisters> read_unwind_registers(Tid tid) {
  Buffer buffer;
  return read_general(tid, buffer) ? x86_unwind_registers(buffer.used()) : std::nullopt;
}

bool write_result(Tid tid, int64_t value) {
  return change(tid, [value](Buffer& buffer) {
    buffer.size == 17 * 4 ? put<uint32_t>(buffer, 6, value) : put<uint64_t>(buffer, 10, value);  // eax, rax
  });
}

bool write_first_argument(Tid tid, Abi abi, uint64_t value) {
  return change(tid, [abi, value](Buffer& buffer) {
    const auto word = static_cast<int64_t>(value);
    if (buffer.size == 17 * 4) return put<uint32_t>(buffer, 0, word);  // ebx
    put<uint64_t>(buffer, abi == Abi::i386 ? 5 : 14, word);            // rbx, rdi
  });
}

bool restore_first_argument(Tid tid, Abi abi, uint64_t value) {
  return write_first_argument(tid, abi, value);
}

bool call_again(Tid, uint64_t) {
  return false;
}

bool write_syscall_number(Tid tid, int64_t number) {
  return change(tid, [number](Buffer& buffer) {
    buffer.size == 17 * 4 ? put<uint32_t>(buffer, 11, number)
                          : put<uint64_t>(buffer, 15, number);  // orig_eax, orig_rax
  });
}

Bytes foreign_syscall_instruction() {
  static constexpr std::array<uint8_t, 2> int_0x80{0xcd, 0x80};
  return int_0x80;
}

#elif defined(__aarch64__)

std::optional<LiveRegisters> read_registers(Tid tid) {
  Buffer buffer;
  if (!read_general(tid, buffer)) return std::nullopt;
  int number = -1;
  std::size_t size = sizeof number;
  const bool numbered = transfer(PTRACE_GETREGSET, tid, NT_ARM_SYSTEM_CALL, &number, size);
  auto registers = arm_registers(buffer.used(), numbered ? std::optional(number) : std::nullopt);
  if (!registers) return std::nullopt;
  return LiveRegisters{.registers = *registers, .is_exit = arm_is_exit(buffer.used())};
}

// No instruction of arm64 code enters the 32-bit kernel entry, so there is nothing to read otherwise.
std::optional<LiveRegisters> read_registers_as(Tid tid, Abi) {
  return read_registers(tid);
}

std::optional<UnwindRegisters> read_unwind_registers(Tid tid) {
  Buffer buffer;
  return read_general(tid, buffer) ? arm_unwind_registers(buffer.used()) : std::nullopt;
}

bool write_result(Tid tid, int64_t value) {
  return change(tid, [value](Buffer& buffer) {
    buffer.size == 18 * 4 ? put<uint32_t>(buffer, 0, value) : put<uint64_t>(buffer, 0, value);  // r0, x0
  });
}

bool write_first_argument(Tid tid, Abi, uint64_t value) {
  return write_result(tid, static_cast<int64_t>(value));  // the same register
}

bool restore_first_argument(Tid, Abi, uint64_t) {
  return true;
}

// The number is still in x8, or r7; svc has 4 bytes, in Thumb code 2.
bool call_again(Tid tid, uint64_t first_argument) {
  return change(tid, [first_argument](Buffer& buffer) {
    const auto value = static_cast<int64_t>(first_argument);
    if (buffer.size != 18 * 4) {
      put<uint64_t>(buffer, 0, value);
      return put<uint64_t>(buffer, 32, get<int64_t>(buffer, 32) - 4);
    }
    constexpr int64_t thumb = 1 << 5;  // cpsr
    put<uint32_t>(buffer, 0, value);
    put<uint32_t>(buffer, 15, get<int32_t>(buffer, 15) - ((get<int32_t>(buffer, 16) & thumb) != 0 ? 2 : 4));
  });
}

// The register that held the number is not looked at any more.
bool write_syscall_number(Tid tid, int64_t number) {
  auto value = static_cast<int>(number);
  std::size_t size = sizeof value;
  return transfer(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &value, size);
}

Bytes foreign_syscall_instruction() {
  return {};
}

#endif

}  // namespace ktrace::arch
