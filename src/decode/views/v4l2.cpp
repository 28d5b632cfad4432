// Video devices (linux/videodev2.h): numbers that are made of characters, classes and fractions; members of which the
// kind of stream says what they are; numbers and structures that the kernel changes.
#include <fmt/core.h>
#include <linux/videodev2.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "decode/symbols.h"
#include "decode/views/answers.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

// The parts of an union that one kind of stream uses.
struct Member {
  std::string_view name;
  uint32_t record;
};

void show_member(ViewContext& context, const Member& member, std::span<const uint8_t> bytes) {
  if (member.name.empty()) return;
  context.sink.field(member.name);
  context.show_record(member.record, bytes);
}

Member format_member(uint64_t type) {
  switch (type) {
    case V4L2_BUF_TYPE_VIDEO_CAPTURE:
    case V4L2_BUF_TYPE_VIDEO_OUTPUT: return {"fmt.pix", ids::record_v4l2_pix_format};
    case V4L2_BUF_TYPE_VIDEO_OVERLAY:
    case V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY: return {"fmt.win", ids::record_v4l2_window};
    case V4L2_BUF_TYPE_VBI_CAPTURE:
    case V4L2_BUF_TYPE_VBI_OUTPUT: return {"fmt.vbi", ids::record_v4l2_vbi_format};
    case V4L2_BUF_TYPE_SLICED_VBI_CAPTURE:
    case V4L2_BUF_TYPE_SLICED_VBI_OUTPUT: return {"fmt.sliced", ids::record_v4l2_sliced_vbi_format};
    case V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE:
    case V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE: return {"fmt.pix_mp", ids::record_v4l2_pix_format_mplane};
    case V4L2_BUF_TYPE_SDR_CAPTURE:
    case V4L2_BUF_TYPE_SDR_OUTPUT: return {"fmt.sdr", ids::record_v4l2_sdr_format};
    case V4L2_BUF_TYPE_META_CAPTURE:
    case V4L2_BUF_TYPE_META_OUTPUT: return {"fmt.meta", ids::record_v4l2_meta_format};
    default: return {};
  }
}

Member parameters_member(uint64_t type) {
  if (type == V4L2_BUF_TYPE_VIDEO_CAPTURE) return {"parm.capture", ids::record_v4l2_captureparm};
  if (type == V4L2_BUF_TYPE_VIDEO_OUTPUT) return {"parm.output", ids::record_v4l2_outputparm};
  return {};
}

// The kind of stream, which both structures of formats and parameters begin with.
uint64_t stream_type(ViewContext& context, uint64_t address) {
  return read_integer(context, address, 4).value_or(0);
}

void show_cid(ViewContext& context, uint64_t value) {
  constexpr uint64_t class_mask = 0xffff'0000;
  const bool named = !find_name(spec::sets[ids::set_v4l2_cid_names], value, context.abi).empty();
  const std::string_view kind = find_name(spec::sets[ids::set_v4l2_control_class], value & class_mask, context.abi);
  if (named || kind.empty()) return context.show_set(ids::set_v4l2_cid_names, value, 4);
  char text[64];
  const uint64_t rest = value & ~class_mask;
  const auto end = rest == 0 ? fmt::format_to_n(text, sizeof text, "{}+0", kind)
                             : fmt::format_to_n(text, sizeof text, "{}+{:#x}", kind, rest);
  context.sink.expression({.raw = value, .text = {text, std::min(end.size, sizeof text)}});
}

// A request for the control behind this one has a flag in its number.
void show_cid_asked(ViewContext& context, uint64_t value) {
  constexpr uint64_t next = V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
  if (value & next) {
    context.show_set(ids::set_v4l2_next_control, value & next, 4);
    context.sink.joined();
  }
  show_cid(context, value & ~next);
}

void show_changing(ViewContext& context, uint64_t kind, uint64_t value) {
  if (kind == 0) return show_decimal(context.sink, static_cast<int32_t>(value));
  if (kind == 1) return show_unsigned(context.sink, value);
  show_cid_asked(context, value);
}

char* put_character(char* out, uint8_t c) {
  if (c == '\'' || c == '\\') return fmt::format_to(out, "'\\{}'", static_cast<char>(c));
  if (c < 0x20 || c >= 0x7f) return fmt::format_to(out, "'\\x{:02x}'", c);
  return fmt::format_to(out, "'{}'", static_cast<char>(c));
}

void show_unanswered(ViewContext& context, const ViewValue& value, uint32_t asked) {
  if (context.phase == Phase::entry) show_whole(context, value.number, asked);
}

}  // namespace

void v4l2_cid(ViewContext& context, const ViewValue& value) {
  show_cid(context, value.number);
}

void v4l2_fourcc_code(ViewContext& context, const ViewValue& value) {
  std::array<char, 160> text{};
  char* end = fmt::format_to(text.data(), "v4l2_fourcc(");
  for (unsigned k = 0; k < 4; ++k) {
    if (k != 0) end = fmt::format_to(end, ", ");
    end = put_character(end, static_cast<uint8_t>(value.number >> (8 * k)));
  }
  end = fmt::format_to(end, ")");
  const std::string_view name = find_name(spec::sets[ids::set_v4l2_pixel_format], value.number, context.abi);
  if (!name.empty()) end = fmt::format_to(end, " /* {} */", name);
  char raw[16];
  const auto raw_end = value.number == 0 ? fmt::format_to_n(raw, sizeof raw, "0")
                                         : fmt::format_to_n(raw, sizeof raw, "{:#x}", value.number);
  const std::string_view shown{text.data(), static_cast<std::size_t>(end - text.data())};
  context.sink.expression({.raw = value.number,
                           .text = shown,
                           .fixed = true,
                           .plain = shown,
                           .raw_alone = std::string_view{raw, raw_end.size}});
}

void v4l2_fraction(ViewContext& context, const ViewValue& value) {
  show_unsigned(context.sink, load(value.bytes.data(), 4));
  context.sink.joined('/');
  show_unsigned(context.sink, load(value.bytes.data() + 4, 4));
}

// Bits, then two small numbers that always have a name, be it that of 0.
void v4l2_buffer_flags(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t parts = V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK;
  if (value.number & ~parts) {
    context.show_set(ids::set_v4l2_buffer_bits, value.number & ~parts, 4);
    context.sink.joined();
  }
  context.show_set(ids::set_v4l2_timestamp_kind, value.number & V4L2_BUF_FLAG_TIMESTAMP_MASK, 4);
  context.sink.joined();
  context.show_set(ids::set_v4l2_timestamp_source, value.number & V4L2_BUF_FLAG_TSTAMP_SRC_MASK, 4);
}

void v4l2_buffer_where(ViewContext& context, const ViewValue& value) {
  if (value.params[0] == V4L2_MEMORY_MMAP) {
    context.sink.field("m.offset");
    show_hex(context.sink, zero_extend(value.number, 4), 4);
  } else if (value.params[0] == V4L2_MEMORY_USERPTR) {
    context.sink.field("m.userptr");
    context.sink.address({value.number});
  }
}

void v4l2_sizes(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t width = 4;
  context.sink.begin(Shape::array);
  for (uint64_t k = 0; k < std::min<uint64_t>(value.params[0], value.bytes.size() / width); ++k) {
    show_unsigned(context.sink, load(value.bytes.data() + k * width, width));
  }
  context.sink.end();
}

void v4l2_planes(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t size = 20;
  context.sink.begin(Shape::array);
  for (uint64_t k = 0; k < std::min<uint64_t>(value.params[0], value.bytes.size() / size); ++k) {
    context.show_record(ids::record_v4l2_plane_pix_format, value.bytes.subspan(k * size, size));
  }
  context.sink.end();
}

// A row of lines for each field of a picture.
void v4l2_lines(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t width = 2;
  constexpr std::size_t row = 24 * width;
  context.sink.begin(Shape::array);
  for (std::size_t from = 0; from + row <= value.bytes.size(); from += row) {
    context.sink.begin(Shape::array);
    for (std::size_t k = from; k < from + row; k += width) {
      show_hex(context.sink, load(value.bytes.data() + k, width), width);
    }
    context.sink.end();
  }
  context.sink.end();
}

void v4l2_format(ViewContext& context, const ViewValue& value) {
  show_member(context, format_member(value.params[0]), value.bytes);
}

void v4l2_parameters(ViewContext& context, const ViewValue& value) {
  show_member(context, parameters_member(value.params[0]), value.bytes);
}

void left_out(ViewContext& context, const ViewValue&) {
  context.sink.field({});
  context.sink.elided();
}

void value_given(ViewContext& context, const ViewValue& value) {
  const auto number = static_cast<uint32_t>(value.number);
  auto& memo = context.call.decoding.bytes;
  memo.resize(sizeof number);
  std::memcpy(memo.data(), &number, sizeof number);
  show_changing(context, value.params[0], number);
}

void value_now(ViewContext& context, const ViewValue& value) {
  const auto& memo = context.call.decoding.bytes;
  const auto now = static_cast<uint32_t>(value.params[1]);
  uint32_t before = now;
  if (memo.size() == sizeof before) std::memcpy(&before, memo.data(), sizeof before);
  context.sink.field({});
  if (before == now || context.failed) return;
  context.sink.changed();
  if (value.params[0] == 2) return show_cid(context, now);
  show_changing(context, value.params[0], now);
}

// Overlays are not shown again.
void v4l2_format_exchange(ViewContext& context, const ViewValue& value) {
  const Member member = format_member(stream_type(context, value.number));
  if (member.name.empty() || member.record == ids::record_v4l2_window)
    return show_unanswered(context, value, ids::record_v4l2_stream_format_asked);
  show_answered(context, value, ids::record_v4l2_stream_format_asked, ids::record_v4l2_stream_format_answered);
}

void v4l2_parameters_exchange(ViewContext& context, const ViewValue& value) {
  if (parameters_member(stream_type(context, value.number)).name.empty())
    return show_unanswered(context, value, ids::record_v4l2_streamparm_asked);
  show_answered(context, value, ids::record_v4l2_streamparm_asked, ids::record_v4l2_streamparm_answered);
}

}  // namespace ktrace::decode::views
