// What the results of poll(2), select(2) and recvmmsg(2) have in common: the time that was left.
#pragma once

#include <cstdint>

#include "decode/view.h"

namespace ktrace::decode::views {

// ` (Timeout)`.
void show_timeout(ValueSink& sink);

// `left {tv_sec=0, tv_nsec=9}` for the structure at `timeout`, which the kernel updated. `record`: timeval or timespec.
void show_time_left(ViewContext& context, Address timeout, uint32_t record);

}  // namespace ktrace::decode::views
