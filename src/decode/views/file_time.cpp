// Times of files. Seconds and fraction are two numbers for the kernel; the moment they make is shown as a comment.
// utimensat(2) gives two nanosecond values a meaning of their own.
#include <fmt/core.h>

#include <array>
#include <cstring>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/views/calendar.h"

namespace ktrace::decode::views {
namespace {

constexpr uint64_t utime_now = 0x3fffffff;
constexpr uint64_t utime_omit = 0x3ffffffe;

// A pair of seconds and a fraction, as it lies in memory.
struct Form {
  unsigned width;         // of each member
  unsigned digits;        // of the fraction
  std::string_view name;  // of the fraction
};

void show_moment(ViewContext& context, int64_t seconds, uint64_t fraction, const Form& form) {
  ValueSink& sink = context.sink;
  sink.begin(Shape::structure);
  sink.field("tv_sec");
  sink.number({.value = static_cast<uint64_t>(seconds), .width = static_cast<uint8_t>(form.width), .is_signed = true});
  sink.field(form.name);
  sink.number({.value = fraction, .width = static_cast<uint8_t>(form.width)});
  sink.end();
  const Calendar calendar(seconds, fraction, form.digits);
  if (!calendar.text().empty()) sink.comment(calendar.text());
}

// utimensat(2) takes no time from these: what tv_sec holds does not matter.
void show_special(ViewContext& context, int64_t seconds, uint64_t fraction, std::string_view name) {
  char raw_text[64];
  const auto end = fmt::format_to_n(raw_text, sizeof raw_text, "{{tv_sec={}, tv_nsec={}}}", seconds, fraction);
  context.sink.expression({.raw = fraction, .text = name, .raw_text = {raw_text, end.size}, .plain = name});
}

void show_pair(ViewContext& context, Address from, const Form& form) {
  uint8_t bytes[32];
  const std::size_t size = 2 * form.width;
  if (!from || !context.options.dereference || !context.memory.read_all(from, {bytes, 2 * size})) {
    return context.sink.address(from);
  }
  context.sink.begin(Shape::array);
  for (unsigned k = 0; k < 2; ++k) {
    const uint8_t* at = bytes + k * size;
    const auto seconds = static_cast<int64_t>(sign_extend(load(at, form.width), form.width));
    const uint64_t fraction = load(at + form.width, form.width);
    if (form.digits == 9 && fraction == utime_now) {
      show_special(context, seconds, fraction, "UTIME_NOW");
    } else if (form.digits == 9 && fraction == utime_omit) {
      show_special(context, seconds, fraction, "UTIME_OMIT");
    } else {
      show_moment(context, seconds, fraction, form);
    }
  }
  context.sink.end();
}

}  // namespace

void file_time(ViewContext& context, const ViewValue& value) {
  context.sink.number({.value = value.number, .width = 8, .is_signed = true});
  const Calendar calendar(static_cast<int64_t>(value.number), value.params[0], 9);
  if (!calendar.text().empty()) context.sink.comment(calendar.text());
}

void statx_time(ViewContext& context, const ViewValue& value) {
  show_moment(context, static_cast<int64_t>(value.number), value.params[0], {8, 9, "tv_nsec"});
}

void timespec_pair(ViewContext& context, const ViewValue& value) {
  show_pair(context, value.address, {context.long_bytes(), 9, "tv_nsec"});
}

void timespec64_pair(ViewContext& context, const ViewValue& value) {
  show_pair(context, value.address, {8, 9, "tv_nsec"});
}

void timeval_pair(ViewContext& context, const ViewValue& value) {
  show_pair(context, value.address, {context.long_bytes(), 6, "tv_usec"});
}

}  // namespace ktrace::decode::views
