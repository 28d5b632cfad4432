// System V IPC (sysvipc(7)): flags that carry a mode in their low bits, commands with a version bit, and messages.
#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "decode/scalar.h"
#include "decode/view.h"
#include "spec/ids.h"
#include "spec/tables.h"

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

void show_message(ViewContext& context, Address from, uint64_t length) {
  uint8_t type[16];  // struct msgbuf: a long and room for a byte, aligned
  const unsigned size = context.long_bytes();
  if (!context.memory.read_all(from, {type, 2 * size})) return context.sink.address(from);
  context.sink.begin(Shape::structure);
  context.sink.field("mtype");
  context.sink.number(
      {.value = sign_extend(load(type, size), size), .width = static_cast<uint8_t>(size), .is_signed = true});
  context.sink.field("mtext");
  context.show_bytes({from.value + size}, std::min(length, ~uint64_t{0} - 1),
                     Bytes::Kind::data);  // -1 is a length, too
  context.sink.end();
}

std::optional<uint64_t> read_word(ViewContext& context, Address from) {
  uint8_t bytes[8];
  const unsigned size = context.long_bytes();
  if (!from || !context.memory.read_all(from, {bytes, size})) return std::nullopt;
  return load(bytes, size);
}

// Version 0 of msgrcv, in the upper half of the first register of ipc(2).
bool takes_pair(const ViewContext& context) {
  return context.call.args[0] >> 16 == 0;
}

}  // namespace

// Flags without a name are glued to the mode: strace prints them so, and what is compared with its text must, too.
void ipc_flags(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t known = 07000;
  const uint64_t flags = value.number & ~mode_mask;
  if (flags == 0) return show_mode(context, value.number);
  if ((flags & known) == 0) {
    char text[32];
    const auto end = fmt::format_to_n(text, sizeof text, "{:#x}{}{:03o}", flags,
                                      (value.number & mode_mask) >= 0100 ? "0" : "", value.number & mode_mask);
    char raw[32];
    const auto raw_end = fmt::format_to_n(raw, sizeof raw, "{:#x}|{}{:03o}", flags,
                                          (value.number & mode_mask) >= 0100 ? "0" : "", value.number & mode_mask);
    return context.sink.expression(
        {.raw = value.number, .text = {text, end.size}, .fixed = true, .raw_text = {raw, raw_end.size}});
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
    char raw[16];
    const auto raw_end = fmt::format_to_n(raw, sizeof raw, "{}<<{}", page_size, huge_shift);
    context.sink.expression({.raw = page_size << huge_shift,
                             .text = {text, end.size},
                             .raw_text = {raw, raw_end.size},
                             .verbose = "SHM_HUGE_SHIFT"});
    context.sink.joined();
  }
  show_mode(context, value.number);
}

// The version of the interface stands above the number of a call that is none.
void ipc_call(ViewContext& context, const ViewValue& value) {
  const uint64_t version = value.number >> 16;
  if (version == 0) return context.sink.number({.value = value.number, .width = 4});
  char text[32];
  const auto end = fmt::format_to_n(text, sizeof text, "{}<<16|{}", version, value.number & 0xffff);
  context.sink.expression(value.number, {text, end.size});
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
  show_message(context, value.address, value.params[0]);
}

// What semctl gets a pointer to when it is called through ipc(2): a number, or the address of a structure.
void semctl_union(ViewContext& context, const ViewValue& value) {
  enum Command : uint64_t { ipc_set = 1, ipc_stat, ipc_info, sem_stat = 18, sem_info, sem_stat_any };
  const auto content = read_word(context, {value.number});
  if (!content) return context.sink.address({value.number});
  const auto show = [&](uint32_t record, bool written) {
    uint8_t bytes[128];
    const std::size_t size = spec::records[spec::records[record].variant[index(context.abi)]].size[index(context.abi)];
    const bool known = !(written && context.failed) && context.memory.read_all({*content}, {bytes, size});
    if (known) return context.show_record(record, {bytes, size});
    context.sink.begin(Shape::array);
    context.sink.address({*content});
    context.sink.end();
  };
  switch (value.params[0]) {
    case ipc_set: return show(ids::record_semid_set, false);
    case ipc_stat:
    case sem_stat:
    case sem_stat_any: return show(ids::record_semid64_ds, true);
    case ipc_info:
    case sem_info: return show(ids::record_seminfo, true);
    default: break;
  }
  context.sink.begin(Shape::array);
  context.sink.address({*content});
  context.sink.end();
}

void msgrcv_buffer(ViewContext& context, const ViewValue& value) {
  Address buffer{value.number};
  if (takes_pair(context)) buffer = {read_word(context, buffer).value_or(value.number)};
  if (context.failed || !buffer) return context.sink.address(buffer);
  show_message(context, buffer, value.params[0]);
}

void msgrcv_type(ViewContext& context, const ViewValue& value) {
  constexpr unsigned buffer_argument = 1;
  uint64_t type = value.number;
  const Address pair{context.argument(buffer_argument)};
  if (takes_pair(context)) {
    type = sign_extend(read_word(context, {pair.value + context.long_bytes()}).value_or(value.number),
                       context.long_bytes());
  }
  context.sink.number({.value = type, .width = static_cast<uint8_t>(context.long_bytes()), .is_signed = true});
}

// The result of this call is an address that the kernel stored where the fourth register says (sys_ipc, SHMAT).
void shmat_flags(ViewContext& context, const ViewValue& value) {
  constexpr unsigned result_register = 3;
  context.show_set(ids::set_shm_attach, value.number, 4);
  if (context.failed) return;
  if (const auto attached = read_word(context, {context.call.args[result_register]})) {
    context.call.outcome.value = static_cast<int64_t>(*attached);
  }
}

}  // namespace ktrace::decode::views
