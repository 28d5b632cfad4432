// Structures of ioctls that are shown twice: what the program asks for, and behind ` => ` what the kernel answered,
// which is not there if the call failed or what was asked for cannot be read. Here are those whose answer is more than
// a structure, or depends on what was asked; for all others two lines of the tables do (see ioctl_changes.cpp).
#include "decode/views/answers.h"

#include "decode/view_buffer.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace ids = spec::ids;

bool show_whole(ViewContext& context, uint64_t address, uint32_t record) {
  const unsigned abi = index(context.abi);
  const ViewBuffer buffer(context, spec::records[spec::records[record].variant[abi]].size[abi]);
  const auto bytes = buffer.bytes();
  const bool readable = address != 0 && context.options.dereference && context.memory.read_all(Address{address}, bytes);
  if (readable) {
    context.show_record(record, bytes);
  } else {
    context.sink.address({address});
  }
  return readable;
}

bool begins_answer(ViewContext& context, const ViewValue& value, uint32_t asked) {
  if (context.phase == Phase::entry) {
    context.left_open = show_whole(context, value.number, asked);
    return false;
  }
  if (context.failed) return false;
  context.sink.changed();
  return true;
}

void show_answered(ViewContext& context, const ViewValue& value, uint32_t asked, uint32_t answered) {
  if (begins_answer(context, value, asked)) show_whole(context, value.number, answered);
}

namespace {

// `[7]`: the number that the kernel put into the first member.
void show_chosen(ViewContext& context, const ViewValue& value, uint32_t asked) {
  if (!begins_answer(context, value, asked)) return;
  const auto chosen = read_integer(context, value.number, 4);
  if (!chosen) return context.sink.address({value.number});
  context.sink.begin(Shape::array);
  context.sink.number({.value = static_cast<uint64_t>(static_cast<int32_t>(*chosen)), .width = 4, .is_signed = true});
  context.sink.end();
}

}  // namespace

void ubi_attach(ViewContext& context, const ViewValue& value) {
  show_chosen(context, value, ids::record_ubi_attach_req);
}

void ubi_make_volume(ViewContext& context, const ViewValue& value) {
  show_chosen(context, value, ids::record_ubi_mkvol_req);
}

void fiemap(ViewContext& context, const ViewValue& value) {
  if (!begins_answer(context, value, ids::record_fiemap_asked)) return;
  constexpr std::size_t head_size = 32;
  constexpr std::size_t extent_size = 56;
  std::array<uint8_t, head_size> head;
  if (!context.memory.read_all(Address{value.number}, head)) return context.sink.address({value.number});
  const uint64_t found = load(head.data() + 20, 4);
  context.sink.begin(Shape::structure);
  context.sink.field("fm_flags");
  context.show_set(ids::set_fiemap_flags, load(head.data() + 16, 4), 4);
  context.sink.field("fm_mapped_extents");
  show_unsigned(context.sink, found);
  if (context.options.abbreviate) {
    context.sink.elided();
  } else {
    context.sink.field("fm_extents");
    show_elements<extent_size>(
        context, value.number + head_size, found, found,
        [&](Address, std::span<const uint8_t> extent) { context.show_record(ids::record_fiemap_extent, extent); });
  }
  context.sink.end();
}

// The data that a command reads, in sectors, lies behind what is told of it.
void hd_drive_command(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t head_size = 4;
  constexpr uint64_t sector_size = 512;
  if (!begins_answer(context, value, ids::record_hd_command)) return;
  std::array<uint8_t, head_size> head;
  if (!context.memory.read_all(Address{value.number}, head)) return context.sink.address({value.number});
  context.sink.begin(Shape::structure);
  context.sink.field("status");
  show_hex(context.sink, head[0], 1);
  context.sink.field("error");
  show_unsigned(context.sink, head[1]);
  context.sink.field("nsector");
  show_unsigned(context.sink, head[2]);
  if (head[3] != 0) {
    context.sink.field("buf");
    context.show_bytes(Address{value.number + head_size}, head[3] * sector_size, Bytes::Kind::hex);
  }
  context.sink.end();
}

}  // namespace ktrace::decode::views
