// Ids of process groups and sessions (setpgid(2), setsid(2)). They are numbers of processes, but strace names none:
// only
// --pidns-translation has something to add.
#include "decode/view.h"

namespace ktrace::decode::views {

void pgid(ViewContext& context, const ViewValue& value) {
  context.show_pid(static_cast<int32_t>(value.number), PidKind::group);
}

void sid(ViewContext& context, const ViewValue& value) {
  context.show_pid(static_cast<int32_t>(value.number), PidKind::session);
}

}  // namespace ktrace::decode::views
