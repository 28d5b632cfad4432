// Controls of video devices come as a list. Where they are read, the list shows after the call; where they are set, it
// shows before and, if all of it could be read, once more after the call. Which control was at fault follows if the
// call failed. See v4l2.cpp for what is simpler.
#include <algorithm>
#include <array>

#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

// struct v4l2_ext_controls ends with a pointer.
struct Controls {
  uint64_t kind = 0;  // all of one class
  uint64_t count = 0;
  uint64_t at_fault = 0;
  uint64_t list = 0;
};

std::optional<Controls> read_controls(ViewContext& context, uint64_t address) {
  constexpr std::size_t list_offset = 24;
  constexpr std::size_t list_offset_32 = 20;
  const std::size_t offset = context.long_bytes() == 8 ? list_offset : list_offset_32;
  std::array<uint8_t, list_offset + 8> bytes{};
  const auto all = std::span(bytes).first(offset + context.long_bytes());
  if (address == 0 || !context.options.dereference || !context.memory.read_all({address}, all)) return std::nullopt;
  return Controls{.kind = load(bytes.data(), 4),
                  .count = load(bytes.data() + 4, 4),
                  .at_fault = load(bytes.data() + 8, 4),
                  .list = load(bytes.data() + offset, context.long_bytes())};
}

// True: all that is to be shown could be read.
bool show_list(ViewContext& context, const Controls& controls) {
  constexpr std::size_t size = 20;
  const uint64_t count = controls.count;
  const uint64_t shown = context.options.abbreviate ? std::min<uint64_t>(count, context.options.string_limit) : count;
  context.sink.field("controls");
  return show_elements<size>(context, controls.list, shown, count, [&](Address, std::span<const uint8_t> bytes) {
    context.show_record(ids::record_v4l2_ext_control, bytes);
  });
}

void show_fault(ViewContext& context, const Controls& controls) {
  if (!context.failed) return;
  context.sink.field("error_idx");
  show_unsigned(context.sink, controls.at_fault);
}

// What was asked for, or the address; the structure is still open.
std::optional<Controls> show_asked(ViewContext& context, uint64_t address) {
  const auto controls = read_controls(context, address);
  if (!controls) {
    context.sink.address({address});
    return controls;
  }
  context.sink.begin(Shape::structure);
  context.sink.field("ctrl_class");
  context.show_set(ids::set_v4l2_control_class, controls->kind, 4);
  context.sink.field("count");
  show_unsigned(context.sink, controls->count);
  return controls;
}

}  // namespace

void v4l2_controls_read(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) {
    const auto controls = show_asked(context, value.number);
    if (!controls) return;
    context.left_open = controls->count != 0;
    if (controls->count == 0) context.sink.end();
    return;
  }
  if (const auto controls = read_controls(context, value.number)) {
    show_list(context, *controls);
    show_fault(context, *controls);
  }
  context.sink.end();
}

void v4l2_controls_set(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::entry) {
    const auto controls = show_asked(context, value.number);
    if (!controls) return;
    if (controls->count != 0) context.left_open = show_list(context, *controls);
    return context.sink.end();
  }
  const auto controls = read_controls(context, value.number);
  if (!controls) return;
  context.sink.changed();
  context.sink.begin(Shape::structure);
  show_list(context, *controls);
  show_fault(context, *controls);
  context.sink.end();
}

// ({index=4, count=2}): the first of the new buffers, and how many they are.
void v4l2_buffers_made(ViewContext& context, const ViewValue&) {
  constexpr std::size_t size = 256;
  constexpr std::size_t size_32 = 248;
  std::array<uint8_t, size> bytes{};
  const auto all = std::span(bytes).first(context.long_bytes() == 8 ? size : size_32);
  const uint64_t address = context.argument(2);
  if (address == 0 || !context.options.dereference || !context.memory.read_all({address}, all)) return;
  context.sink.begin(Shape::aux);
  context.sink.begin(Shape::structure);
  context.sink.field("index");
  show_unsigned(context.sink, load(bytes.data(), 4));
  context.sink.field("count");
  show_unsigned(context.sink, load(bytes.data() + 4, 4));
  context.sink.end();
  context.sink.end();
}

}  // namespace ktrace::decode::views
