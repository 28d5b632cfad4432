// time(2): seconds since 1970, and beside them the date: = 1700000000 (2023-11-14T22:13:20+0000).
#include "decode/views/calendar.h"
#include "decode/views/helpers.h"

namespace ktrace::decode::views {

void moment(ViewContext& context, const ViewValue& value) {
  const Calendar date(static_cast<int64_t>(value.number), 0, 9);
  if (date.text().empty()) return;
  context.sink.begin(Shape::aux);
  context.sink.word(date.text());
  context.sink.end();
}

void time_value(ViewContext& context, const ViewValue& value) {
  show_decimal(context.sink, static_cast<int64_t>(value.number));
  const Calendar date(static_cast<int64_t>(value.number), 0, 9);
  if (!date.text().empty()) context.sink.comment(date.text());
}

}  // namespace ktrace::decode::views
