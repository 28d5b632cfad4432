// The signal that fcntl(F_GETSIG) returns: its number, and its name beside it. Signals that come as a long.
#include "base/signals.h"
#include "decode/view.h"

namespace ktrace::decode::views {

void signal_result(ViewContext& context, const ViewValue& value) {
  const std::string_view name = base::signal_name(static_cast<int>(value.number));
  if (name.empty()) return;
  context.sink.begin(Shape::aux);
  context.sink.word(name);
  context.sink.end();
}

void signal_word(ViewContext& context, const ViewValue& value) {
  if (value.number <= INT32_MAX) return context.show_signal(value.number);
  context.sink.number({.value = value.number, .width = 8});
}

}  // namespace ktrace::decode::views
