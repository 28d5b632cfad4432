// PTRACE_PEEKUSER and PTRACE_POKEUSER name a word of struct user (sys/user.h) by its offset. On x86_64 it begins with
// the registers: 8*RAX, 8*RAX+4.
#include <fmt/format.h>

#include <iterator>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {

void user_offset(ViewContext& context, const ViewValue& value) {
  static constexpr std::string_view registers[] = {
      "R15", "R14",      "R13", "R12", "RBP",    "RBX", "R11", "R10",     "R9",      "R8", "RAX", "RCX", "RDX", "RSI",
      "RDI", "ORIG_RAX", "RIP", "CS",  "EFLAGS", "RSP", "SS",  "FS_BASE", "GS_BASE", "DS", "ES",  "FS",  "GS"};
  const bool x86 = context.abi == Abi::x86_64 || context.abi == Abi::i386;
  const uint64_t offset = value.number;
  if (!x86 || offset / 8 >= std::size(registers)) return show_hex(context.sink, offset, context.long_bytes());
  char text[32];
  const auto end = offset % 8 == 0 ? fmt::format_to_n(text, sizeof text, "8*{}", registers[offset / 8])
                                   : fmt::format_to_n(text, sizeof text, "8*{}+{}", registers[offset / 8], offset % 8);
  context.sink.expression(offset, {text, end.size});
}

}  // namespace ktrace::decode::views
