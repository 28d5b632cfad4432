// System V IPC (sysvipc(7)): flags that carry a mode in their low bits, commands with a version bit, and messages.
#include <fmt/format.h>

#include "decode/scalar.h"
#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

constexpr uint64_t mode_mask = 0777;
constexpr uint64_t version_64 = 0x100;

void show_mode(ViewContext& context, uint64_t value) {
  context.sink.number({.value = value & mode_mask, .width = 4, .base = Base::octal});
}

void show_command(ViewContext& context, uint64_t command, uint32_t set) {
  if (command & version_64) {
    context.show_set(ids::set_ipc_version, version_64, 4);
    context.sink.joined();
  }
  context.show_set(set, command & ~version_64, 4);
}

}  // namespace

// Flags without a name are glued to the mode: strace prints them so, and what is compared with its text must, too.
void ipc_flags(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t known = 07000;
  const uint64_t flags = value.number & ~mode_mask;
  if (flags == 0) return show_mode(context, value.number);
  if ((flags & known) == 0) {
    char text[32];
    const auto end = fmt::format_to_n(text, sizeof text, "{:#x}{:03o}", flags, value.number & mode_mask);
    return context.sink.expression(value.number, {text, end.size});
  }
  context.show_set(ids::set_ipc_get_flags, flags, 4);
  context.sink.joined();
  show_mode(context, value.number);
}

void shm_flags(ViewContext& context, const ViewValue& value) {
  constexpr unsigned huge_shift = 26;
  const uint64_t page_size = value.number >> huge_shift & 0x3f;
  const uint64_t flags = value.number & ~mode_mask & ((1u << huge_shift) - 1);
  if (flags != 0) {
    context.show_set(ids::set_shm_get_flags, flags, 4);
    context.sink.joined();
  }
  if (page_size != 0) {
    char text[40];
    const auto end = fmt::format_to_n(text, sizeof text, "{}<<SHM_HUGE_SHIFT", page_size);
    context.sink.expression(page_size << huge_shift, {text, end.size});
    context.sink.joined();
  }
  show_mode(context, value.number);
}

void sem_command(ViewContext& context, const ViewValue& value) {
  show_command(context, value.number, ids::set_sem_commands);
}

void shm_command(ViewContext& context, const ViewValue& value) {
  show_command(context, value.number, ids::set_shm_commands);
}

void msg_command(ViewContext& context, const ViewValue& value) {
  show_command(context, value.number, ids::set_msg_commands);
}

// A long and then as many bytes as the call says.
void sysv_message(ViewContext& context, const ViewValue& value) {
  uint8_t type[8];
  const unsigned size = context.long_bytes();
  if (!context.memory.read_all(value.address, {type, size})) return context.sink.address(value.address);
  context.sink.begin(Shape::structure);
  context.sink.field("mtype");
  context.sink.number(
      {.value = sign_extend(load(type, size), size), .width = static_cast<uint8_t>(size), .is_signed = true});
  context.sink.field("mtext");
  context.show_bytes({value.address.value + size}, value.params[0], Bytes::Kind::data);
  context.sink.end();
}

}  // namespace ktrace::decode::views
