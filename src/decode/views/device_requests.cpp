// Arguments of ioctl(2) that tables cannot say: structures with as much behind them as they tell, structures that the
// kernel answers with in the place of what it was asked with, numbers with what they amount to beside them.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "decode/views/answers.h"
#include "decode/views/calendar.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

namespace ids = spec::ids;

// Reads a structure of a few members. What cannot be read, or is not to be looked at, is shown as its address.
class Small {
 public:
  bool read(ViewContext& context, uint64_t address, uint32_t record) {
    size_ = std::min<std::size_t>(spec::records[record].size[index(context.abi)], bytes_.size());
    if (address != 0 && context.options.dereference && context.memory.read_all({address}, all())) return true;
    context.sink.address({address});
    return false;
  }
  [[nodiscard]] std::span<uint8_t> all() { return std::span(bytes_).first(size_); }
  [[nodiscard]] uint64_t word(std::size_t offset) const { return load(bytes_.data() + offset, 4); }

 private:
  std::array<uint8_t, 128> bytes_{};
  std::size_t size_ = 0;
};

// Elements of a structure's array, which are at hand.
template <class Show>
void show_list(ViewContext& context, uint64_t count, uint64_t most, Show show) {
  context.sink.begin(Shape::array);
  for (uint64_t k = 0; k < std::min(count, most); ++k) {
    if (k == context.options.string_limit && context.options.abbreviate) {
      context.sink.elided();
      break;
    }
    show(k);
  }
  context.sink.end();
}

void show_moment(ViewContext& context, std::span<const uint8_t> bytes) {
  constexpr unsigned nanoseconds = 9;
  context.show_record(ids::record_ptp_clock_time, bytes);
  const Calendar date(static_cast<int64_t>(load(bytes.data(), 8)), load(bytes.data() + 8, 4), nanoseconds);
  if (!date.text().empty()) context.sink.note(date.text());
}

constexpr std::size_t moment_size = 16;  // struct ptp_clock_time

}  // namespace

// Only here the address follows if the call failed.
void rtc_param_exchange(ViewContext& context, const ViewValue& value) {
  if (context.phase == Phase::exit && context.failed) {
    context.sink.changed();
    return context.sink.address({value.number});
  }
  show_answered(context, value, ids::record_rtc_param_asked, ids::record_rtc_param_answered);
}

void ptp_moment(ViewContext& context, const ViewValue& value) {
  show_moment(context, value.bytes);
}

void ptp_samples(ViewContext& context, const ViewValue& value) {
  show_list(context, value.params[0], value.bytes.size() / moment_size,
            [&](uint64_t k) { show_moment(context, value.bytes.subspan(k * moment_size, moment_size)); });
}

void ptp_triples(ViewContext& context, const ViewValue& value) {
  show_list(context, value.params[0], value.bytes.size() / (3 * moment_size), [&](uint64_t k) {
    show_list(context, 3, 3, [&](uint64_t part) {
      show_moment(context, value.bytes.subspan((3 * k + part) * moment_size, moment_size));
    });
  });
}

void seconds_of(ViewContext& context, const ViewValue& value) {
  const auto number = static_cast<int64_t>(value.params[1] != 0 ? value.number : zero_extend(value.number, 4));
  if (number == 0) return show_decimal(context.sink, 0);
  const auto digits = static_cast<unsigned>(value.params[0]);
  uint64_t unit = 1;
  for (unsigned k = 0; k < digits; ++k) unit *= 10;
  const auto raw = static_cast<uint64_t>(number);
  const uint64_t size = number < 0 ? 0 - raw : raw;
  char note[64];
  const auto end =
      fmt::format_to_n(note, sizeof note, "{}{}.{:0{}} s", number < 0 ? "-" : "", size / unit, size % unit, digits);
  context.sink.expression({.raw = raw,
                           .base = Base::decimal,
                           .is_signed = true,
                           .text = {note, std::min(end.size, sizeof note)},
                           .beside = true});
}

void keycode_pair(ViewContext& context, const ViewValue& value) {
  constexpr std::size_t width = 4;
  if (value.bytes.size() < 2 * width) return context.sink.address(value.address);
  context.sink.begin(Shape::array);
  show_unsigned(context.sink, load(value.bytes.data(), width));
  context.show_set(ids::set_input_key, load(value.bytes.data() + width, width), width);
  context.sink.end();
}

// What is to be mixed in stands behind the two numbers.
void pool_entropy(ViewContext& context, const ViewValue& value) {
  Small head;
  if (!head.read(context, value.number, ids::record_pool_entropy_head)) return;
  constexpr std::size_t size_offset = 4;
  context.sink.begin(Shape::structure);
  context.sink.field("entropy_count");
  show_decimal(context.sink, static_cast<int32_t>(head.word(0)));
  context.sink.field("buf_size");
  show_decimal(context.sink, static_cast<int32_t>(head.word(size_offset)));
  context.sink.field("buf");
  context.show_bytes({value.number + head.all().size()}, head.word(size_offset), Bytes::Kind::data);
  context.sink.end();
}

void sg_reset_how(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t no_escalate = 0x100;
  if (value.number & no_escalate) {
    constexpr std::string_view name = "SG_SCSI_RESET_NO_ESCALATE";
    show_name(context.sink, no_escalate, 4, Base::hex, name);
    context.sink.joined();
  }
  context.show_set(ids::set_sg_reset, value.number & ~no_escalate, 4);
}

void udmabuf_list(ViewContext& context, const ViewValue& value) {
  Small head;
  if (!head.read(context, value.number, ids::record_udmabuf_list_head)) return;
  constexpr std::size_t count_offset = 4;
  constexpr std::size_t item_size = 24;
  constexpr uint64_t most = 1u << 16;
  const uint64_t count = head.word(count_offset);
  const uint64_t shown = std::min<uint64_t>(count, context.options.abbreviate ? context.options.string_limit : most);
  context.sink.begin(Shape::structure);
  context.sink.field("flags");
  context.show_set(ids::set_udmabuf_flags, head.word(0), 4);
  context.sink.field("count");
  show_unsigned(context.sink, count);
  context.sink.field("list");
  show_elements<item_size>(
      context, value.number + head.all().size(), shown, count,
      [&](Address, std::span<const uint8_t> bytes) { context.show_record(ids::record_udmabuf_create_item, bytes); });
  context.sink.end();
}

// The speaker's clock is divided by it.
void sound_pitch(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t clock = 1193182;
  char note[32] = "off";
  std::size_t length = 3;
  if (value.number != 0 && value.number <= clock) {
    length = fmt::format_to_n(note, sizeof note, "{} Hz", clock / value.number).size;
  }
  context.sink.expression({.raw = value.number, .base = Base::decimal, .text = {note, length}, .beside = true});
}

}  // namespace ktrace::decode::views
