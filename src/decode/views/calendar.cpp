// The C library knows the time zone (TZ, /etc/localtime); see localtime(3), strftime(3).
#include "decode/views/calendar.h"

#include <fmt/core.h>

#include <ctime>

namespace ktrace::decode {

Calendar::Calendar(int64_t seconds, uint64_t fraction, unsigned digits) {
  const uint64_t most = digits == 9 ? 999'999'999 : 999'999;
  if ((seconds == 0 && fraction == 0) || fraction > most) return;
  const std::time_t moment = seconds;
  std::tm parts{};
  if (localtime_r(&moment, &parts) == nullptr) return;
  std::size_t length = std::strftime(buffer_, 40, "%FT%T", &parts);
  if (length == 0) return;
  if (fraction != 0) {
    length = static_cast<std::size_t>(fmt::format_to(buffer_ + length, ".{:0{}}", fraction, digits) - buffer_);
  }
  length += std::strftime(buffer_ + length, sizeof buffer_ - length, "%z", &parts);
  length_ = static_cast<unsigned>(length);
}

}  // namespace ktrace::decode
