// PTRACE_PEEKUSER and PTRACE_POKEUSER name a word of struct user (sys/user.h) by its offset: 8*RAX, 8*RAX+4,
// offsetof(struct user, i387)+8. strace has the names of x86_64 for the programs of i386 too.
#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

struct Member {
  uint64_t offset;
  std::string_view name;
};
constexpr Member members[] = {{0, "8*R15"},
                              {8, "8*R14"},
                              {16, "8*R13"},
                              {24, "8*R12"},
                              {32, "8*RBP"},
                              {40, "8*RBX"},
                              {48, "8*R11"},
                              {56, "8*R10"},
                              {64, "8*R9"},
                              {72, "8*R8"},
                              {80, "8*RAX"},
                              {88, "8*RCX"},
                              {96, "8*RDX"},
                              {104, "8*RSI"},
                              {112, "8*RDI"},
                              {120, "8*ORIG_RAX"},
                              {128, "8*RIP"},
                              {136, "8*CS"},
                              {144, "8*EFL"},
                              {152, "8*RSP"},
                              {160, "8*SS"},
                              {216, "offsetof(struct user, u_fpvalid)"},
                              {224, "offsetof(struct user, i387)"},
                              {736, "offsetof(struct user, u_tsize)"},
                              {744, "offsetof(struct user, u_dsize)"},
                              {752, "offsetof(struct user, u_ssize)"},
                              {760, "offsetof(struct user, start_code)"},
                              {768, "offsetof(struct user, start_stack)"},
                              {776, "offsetof(struct user, signal)"},
                              {784, "offsetof(struct user, reserved)"},
                              {792, "offsetof(struct user, u_ar0)"},
                              {800, "offsetof(struct user, u_fpstate)"},
                              {808, "offsetof(struct user, magic)"},
                              {816, "offsetof(struct user, u_comm)"},
                              {848, "offsetof(struct user, u_debugreg)"},
                              {912, "sizeof(struct user)"}};

}  // namespace

void user_offset(ViewContext& context, const ViewValue& value) {
  const bool x86 = context.abi == Abi::x86_64 || context.abi == Abi::i386;
  const uint64_t offset = value.number;
  if (!x86 || offset > std::rbegin(members)->offset) return show_hex(context.sink, offset, context.long_bytes());
  const Member& member = *(std::upper_bound(std::begin(members), std::end(members), offset,
                                            [](uint64_t at, const Member& m) { return at < m.offset; }) -
                           1);
  char text[64];
  const uint64_t beyond = offset - member.offset;
  const auto end = beyond == 0 ? fmt::format_to_n(text, sizeof text, "{}", member.name)
                               : fmt::format_to_n(text, sizeof text, "{}+{}", member.name, beyond);
  const std::string_view number = offset == 0 ? "NULL" : std::string_view{};
  context.sink.expression(Expression{
      .raw = offset, .base = Base::hex, .text = {text, std::min(end.size, sizeof text)}, .raw_text = number});
}

}  // namespace ktrace::decode::views
