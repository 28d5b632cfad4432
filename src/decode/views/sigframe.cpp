// What rt_sigreturn and sigreturn bring back: the mask in the frame that the kernel pushed for a signal handler. Where
// it is follows from the stack pointer at the call, after the handler's return took the return address away (and, on
// i386, the old trampoline the signal number): offsets from the frames of arch/*/kernel/signal.c.
#include <array>
#include <string_view>

#include "decode/views/helpers.h"
#include "decode/views/signals.h"

namespace ktrace::decode::views {
namespace {

struct Mask {
  uint64_t low;   // offset of the first 4 bytes from the stack pointer
  uint64_t high;  // of the other 4
};

Mask mask_of(Abi abi, bool old_frame) {
  switch (abi) {
    case Abi::x86_64: return {296, 300};  // ucontext: flags, link, stack, sigcontext 256, mask
    case Abi::i386:
      if (old_frame) return {80, 712};     // sigcontext.oldmask; extramask after sigcontext 88 and fpstate 624
      return {248, 252};                   // signal, two pointers, siginfo 128, ucontext with the mask at 108
    case Abi::aarch64: return {168, 172};  // siginfo 128, ucontext with the mask at 40
    case Abi::arm:
      if (old_frame) return {104, 108};  // ucontext with the mask at 104
      return {232, 236};                 // siginfo 128 before it
  }
  return {0, 4};
}

}  // namespace

void sigframe(ViewContext& context, const ViewValue&) {
  const Mask mask = mask_of(context.abi, context.call.name == std::string_view("sigreturn"));
  const uint64_t sp = context.call.sp.value;
  std::array<uint8_t, 8> bytes{};
  const bool readable = context.options.dereference &&
                        context.memory.read_all(Address{sp + mask.low}, std::span(bytes).first(4)) &&
                        context.memory.read_all(Address{sp + mask.high}, std::span(bytes).subspan(4));
  context.sink.begin(Shape::structure);
  context.sink.field("mask");
  readable ? show_signal_set(context, bytes) : context.sink.address({sp + mask.low});
  context.sink.end();
}

}  // namespace ktrace::decode::views
