// The results of poll(2) and ppoll(2): descriptors with events, then the time that was left.
#include <array>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/views/helpers.h"
#include "decode/views/waiting.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t pollfd_size = 8;
constexpr uint32_t no_timeout = spec::none;

// Opens the aux value when there is something to say, and only once.
class Report {
 public:
  explicit Report(ValueSink& sink) : sink_(sink) {}
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    if (open_) sink_.end();
  }
  void need() {
    if (!open_) sink_.begin(Shape::aux);
    open_ = true;
  }

 private:
  ValueSink& sink_;
  bool open_ = false;
};

// Bits that all have no name are no more than a number here.
void show_results(ViewContext& context, uint64_t events) {
  const spec::Set& set = spec::sets[spec::ids::set_poll_events];
  uint64_t known = 0;
  for (uint32_t k = 0; k < set.count; ++k) known |= spec::items[set.first + k].value;
  if ((events & known) == 0) return show_hex(context.sink, events, 2);
  context.show_set(spec::ids::set_poll_events, events, 2);
}

void show_ready(ViewContext& context, int32_t fd, uint64_t events) {
  context.sink.begin(Shape::structure);
  context.sink.field("fd");
  context.sink.fd({.value = fd});  // without what it refers to
  context.sink.field("revents");
  show_results(context, events);
  context.sink.end();
}

// The entries with events. Where the array cannot be read its address stands.
void show_all_ready(ViewContext& context, Report& report, Address fds, uint64_t count) {
  ValueSink& sink = context.sink;
  bool list = false;
  const auto open_list = [&] {
    report.need();
    if (!list) sink.begin(Shape::array);
    list = true;
  };
  uint64_t shown = 0;
  for (uint64_t k = 0; k < count; ++k) {
    const Address at{fds.value + k * pollfd_size};
    std::array<uint8_t, pollfd_size> entry{};
    if (!context.memory.read_all(at, entry)) {
      open_list();
      sink.address(at);
      break;
    }
    const uint64_t events = load(entry.data() + 6, 2);
    if (events == 0) continue;
    open_list();
    if (context.options.abbreviate && shown == context.options.string_limit) {
      sink.elided();
      break;
    }
    show_ready(context, static_cast<int32_t>(load(entry.data(), 4)), events);
    ++shown;
  }
  if (list) sink.end();
}

void show_poll(ViewContext& context, const ViewValue& value, uint32_t timespec) {
  if (value.number == 0) return show_timeout(context.sink);
  if (!context.options.dereference) return;
  Report report(context.sink);
  const Address fds{context.argument(0)};
  const uint64_t count = context.argument(1) & 0xffffffff;
  if (!fds || count == 0 || fds.value + count * pollfd_size < fds.value) return;  // nothing to be ready
  show_all_ready(context, report, fds, count);
  if (timespec == no_timeout) return;
  const Address timeout{context.argument(2)};
  if (!timeout) return;
  report.need();
  show_time_left(context, timeout, timespec);
}

}  // namespace

void show_timeout(ValueSink& sink) {
  sink.begin(Shape::aux);
  sink.word("Timeout");
  sink.end();
}

void show_time_left(ViewContext& context, Address timeout, uint32_t record) {
  std::array<uint8_t, 16> bytes{};
  const std::size_t size = record == spec::ids::record_timespec64 ? 16 : 2 * context.long_bytes();
  context.sink.word("left");
  if (!context.options.dereference || !context.memory.read_all(timeout, std::span(bytes).first(size))) {
    return context.sink.address(timeout);
  }
  context.show_record(record, std::span(bytes).first(size));
}

void poll_result(ViewContext& context, const ViewValue& value) {
  show_poll(context, value, no_timeout);
}

void ppoll_result(ViewContext& context, const ViewValue& value) {
  show_poll(context, value, spec::ids::record_timespec);
}

void ppoll_result64(ViewContext& context, const ViewValue& value) {
  show_poll(context, value, spec::ids::record_timespec64);
}

}  // namespace ktrace::decode::views
