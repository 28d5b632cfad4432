// A timeout that is shown after the call with what it was before (rt_sigtimedwait(2)).
#include <algorithm>

#include "decode/view.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void timeout_before(ViewContext& context, const ViewValue& value) {
  auto& saved = context.call.decoding.bytes;
  const bool wide = value.params[0] != 0;
  const std::size_t size = wide ? 16 : 2 * context.long_bytes();
  if (context.phase == Phase::entry) saved.assign(value.bytes.begin(), value.bytes.end());
  if (saved.size() < size) return context.sink.address(value.address);
  context.show_record(wide ? spec::ids::record_timespec64 : spec::ids::record_timespec, std::span(saved).first(size));
}

}  // namespace ktrace::decode::views
