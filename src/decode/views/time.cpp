// Seconds since 1970 as a date in the local time zone of ktrace: 2023-11-14T22:13:20+0000.
#include <ctime>

#include "decode/views/helpers.h"

namespace ktrace::decode::views {
namespace {

// Empty for 0, which is no moment anybody means.
std::string_view date(uint64_t seconds, std::span<char> room) {
  const auto moment = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (moment == 0 || localtime_r(&moment, &parts) == nullptr) return {};
  return {room.data(), std::strftime(room.data(), room.size(), "%FT%T%z", &parts)};
}

}  // namespace

void moment(ViewContext& context, const ViewValue& value) {
  std::array<char, 64> room{};
  const std::string_view text = date(value.number, room);
  if (text.empty()) return;
  context.sink.begin(Shape::aux);
  context.sink.word(text);
  context.sink.end();
}

void time_value(ViewContext& context, const ViewValue& value) {
  std::array<char, 64> room{};
  show_decimal(context.sink, static_cast<int64_t>(value.number));
  if (const std::string_view text = date(value.number, room); !text.empty()) context.sink.comment(text);
}

}  // namespace ktrace::decode::views
