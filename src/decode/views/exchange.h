// Structures of which the program fills in some members and the kernel others: `{asked} => {answered}`.
#pragma once

#include <cstdint>

#include "decode/view.h"

namespace ktrace::decode::views {

struct Exchange {
  uint32_t asked = 0;  // spec::records
  uint32_t answered = 0;
  bool failure_as_address = false;  // `{asked} => 0x7f...` of a call that failed
  bool unanswered = false;          // there is no second part
};

// To be called at entry and, since it leaves the argument open, at exit.
void show_exchange(ViewContext& context, uint64_t address, const Exchange& exchange);

}  // namespace ktrace::decode::views
