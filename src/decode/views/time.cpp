// Seconds since 1970, and beside them the date (time(2)); clock ticks; the state of the clock (adjtimex(2)); the call
// that restart_syscall(2) takes up.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "decode/views/calendar.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

// 32 bits reach until 2106 if the date is read as unsigned, and so it is.
int64_t unsigned_seconds(const ViewContext& context, uint64_t value) {
  return static_cast<int64_t>(is_32_bit(context.abi) ? value & 0xffff'ffff : value);
}

}  // namespace

void show_ticks(ValueSink& sink, uint64_t value) {
  constexpr unsigned ticks_per_second = 100;  // USER_HZ
  if (value == 0) return sink.number({.value = value, .width = 8, .is_signed = false, .base = Base::decimal});
  char note[48];
  const auto end =
      fmt::format_to_n(note, sizeof note, "{}.{:02} s", value / ticks_per_second, value % ticks_per_second);
  sink.symbols({.value = value,
                .width = 8,
                .base = Base::decimal,
                .rest = value,
                .unknown = {note, std::min(end.size, sizeof note)}});
}

void clock_ticks(ViewContext& context, const ViewValue& value) {
  show_ticks(context.sink, value.number);
}

void timex_state(ViewContext& context, const ViewValue& value) {
  const Address buffer{value.params[0]};
  const bool old = context.call.name != "clock_adjtime64";
  const spec::Record& shape = spec::records[old ? spec::ids::record_timex : spec::ids::record_timex64];
  std::array<uint8_t, 256> bytes{};
  const std::size_t size = shape.size[index(context.abi)];
  if (only_address(context, buffer.value) || !context.memory.read_all(buffer, std::span(bytes).first(size))) return;
  constexpr std::string_view names[] = {"TIME_OK", "TIME_INS", "TIME_DEL", "TIME_OOP", "TIME_WAIT", "TIME_ERROR"};
  if (value.number >= std::size(names)) return;
  context.sink.begin(Shape::aux);
  context.sink.word(names[value.number]);
  context.sink.end();
}

void restarted(ViewContext& context, const ViewValue&) {
  const std::string_view name = context.call.interrupted;
  fmt::basic_memory_buffer<char, 128> text;
  fmt::format_to(std::back_inserter(text), "<... resuming interrupted {} ...>", name.empty() ? "system call" : name);
  context.sink.word({text.data(), text.size()});
}

void moment(ViewContext& context, const ViewValue& value) {
  const Calendar date(unsigned_seconds(context, value.number), 0, 9);
  if (date.text().empty()) return;
  context.sink.begin(Shape::aux);
  context.sink.word(date.text());
  context.sink.end();
}

void time_value(ViewContext& context, const ViewValue& value) {
  show_decimal(context.sink, static_cast<int64_t>(value.number));
  const Calendar date(unsigned_seconds(context, value.number), 0, 9);
  if (!date.text().empty()) context.sink.comment(date.text());
}

}  // namespace ktrace::decode::views
