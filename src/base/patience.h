// How long a write waits for its reader: as long as it takes, but for a ktrace that must get on whoever reads its trace
// or does not, because it was killed and yet has processes to look after (session/front.h).
#pragma once

namespace ktrace::base {

// Asked whenever a signal has interrupted a write. Without it: never.
void give_up_writing_if(bool (*condition)());
[[nodiscard]] bool gives_up_writing();

}  // namespace ktrace::base
