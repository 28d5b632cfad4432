// Times as text: clock ticks as seconds, and moments in the local time zone, as strace shows them in comments:
// 2023-11-14T22:13:20.000000005+0000.
#pragma once

#include <cstdint>
#include <string_view>

#include "ktrace/values.h"

namespace ktrace::decode {

// `fraction` has `digits` digits (6: microseconds, 9: nanoseconds); it is left out if it is 0. Empty if there is
// nothing to say: the zero moment, or a fraction that is none.
struct Calendar {
  Calendar(int64_t seconds, uint64_t fraction, unsigned digits);
  [[nodiscard]] std::string_view text() const { return {buffer_, length_}; }

 private:
  char buffer_[64];
  unsigned length_ = 0;
};

namespace views {

// A clock_t with a note of what it means: not under -X raw, and there is none for 0.
void show_ticks(ValueSink& sink, uint64_t value);

}  // namespace views
}  // namespace ktrace::decode
