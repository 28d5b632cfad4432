// The signal that fcntl(F_GETSIG) returns: its number, and its name beside it.
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

}  // namespace ktrace::decode::views
