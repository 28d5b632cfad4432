// See line_head.h.
#include "output/line_head.h"

#include <ctime>

#include <algorithm>

#include "base/append.h"

namespace ktrace::output {
namespace {

constexpr int64_t second = 1'000'000'000;

}  // namespace

void append_fraction(std::string& out, int64_t nanoseconds, Precision precision) {
  const auto n = static_cast<uint64_t>(nanoseconds % second);
  if (precision == Precision::s) return;
  out.push_back('.');
  switch (precision) {
    case Precision::s: return;
    case Precision::ms: return base::append_padded(out, n / 1'000'000, 3, '0');
    case Precision::us: return base::append_padded(out, n / 1'000, 6, '0');
    case Precision::ns: return base::append_padded(out, n, 9, '0');
  }
}

void LineHead::append(std::string& out, const Subject& who, const Place& place, Moment when, bool several) {
  append_pid(out, who, several);
  if (options_->clock != TextOptions::Clock::none) append_clock(out, when.wall);
  if (options_->relative) append_relative(out, when.monotonic);
  if (options_->syscall_number) {
    // A number of -1 is no number: programs use it, and so does a tracer that suppresses a call.
    const bool known = static_cast<int64_t>(place.number) != -1 && static_cast<uint32_t>(place.number) != ~uint32_t{0};
    punct(out, "[");
    if (known)
      base::append_padded(out, place.number, 4, ' ');
    else
      out.append("???");
    punct(out, "]");
    out.push_back(' ');
  }
  if (options_->instruction_pointer) {
    const unsigned width = is_32_bit(place.abi) ? 8 : 16;
    punct(out, "[");
    if (place.ip)
      base::append_padded(out, place.ip->value, width, '0', 16);
    else
      out.append(width, '?');
    punct(out, "]");
    out.push_back(' ');
  }
}

void LineHead::punct(std::string& out, std::string_view text) const {
  if (options_->colors)
    out.append(options_->colors->punct).append(text).append(options_->colors->argval);
  else
    out.append(text);
}

void LineHead::append_pid(std::string& out, const Subject& who, bool several) const {
  const auto pid = static_cast<uint64_t>(who.tid.value);
  const auto comm = [&] {
    punct(out, "<");
    out.append(who.comm);
    punct(out, ">");
  };
  switch (options_->pid) {
    case TextOptions::Pid::never: return;
    case TextOptions::Pid::when_several:
      if (!several) return;
      punct(out, "[");
      out.append("pid ");
      base::append_padded(out, pid, 5, ' ');
      if (!who.comm.empty()) comm();
      punct(out, "]");
      out.push_back(' ');
      return;
    case TextOptions::Pid::always: {
      const std::size_t start = out.size();
      base::append_decimal(out, pid);
      if (!who.comm.empty())
        comm();
      else if (const std::size_t length = out.size() - start; length < 5)
        out.append(5 - length, ' ');
      out.push_back(' ');
      return;
    }
  }
}

void LineHead::append_clock(std::string& out, Nanoseconds wall) {
  const int64_t now = wall.count() / second;
  if (options_->clock == TextOptions::Clock::epoch) {
    base::append_decimal(out, now);
  } else {
    if (now != cached_second_) {
      cached_second_ = now;
      const auto when = static_cast<time_t>(now);
      tm local{};
      localtime_r(&when, &local);
      std::strftime(cached_text_, sizeof cached_text_, "%T", &local);
    }
    out.append(cached_text_);
  }
  append_fraction(out, wall.count(), options_->clock_precision);
  out.push_back(' ');
}

void LineHead::append_relative(std::string& out, Nanoseconds monotonic) {
  const int64_t passed = before_ ? std::max<int64_t>((monotonic - *before_).count(), 0) : 0;
  before_ = monotonic;
  const bool beside = options_->clock != TextOptions::Clock::none;
  if (beside) out.append("(+");
  base::append_padded(out, static_cast<uint64_t>(passed / second), 6, ' ');
  append_fraction(out, passed, *options_->relative);
  out.append(beside ? ") " : " ");
}

}  // namespace ktrace::output
