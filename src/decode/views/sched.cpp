// CPU masks as lists of CPUs, and I/O priorities as the macro that makes them.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t most_bytes = 128;  // sizeof(cpu_set_t)
constexpr unsigned class_shift = 13;     // IOPRIO_CLASS_SHIFT
constexpr uint32_t data_mask = (1u << class_shift) - 1;

using Text = fmt::basic_memory_buffer<char, 96>;

// What the macro says, and what it says under -X verbose.
struct Words {
  Text text;
  Text verbose;
};

void append_ioprio(Words& words, uint32_t priority, Abi abi) {
  const uint32_t klass = priority >> class_shift;
  const uint32_t data = priority & data_mask;
  const std::string_view known = find_name(spec::sets[spec::ids::set_ioprio_class], klass, abi);
  const std::string_view name = known.empty() ? "IOPRIO_CLASS_???" : known;
  const std::string_view prefix = klass == 0 ? "" : "0x";
  fmt::format_to(std::back_inserter(words.verbose), "IOPRIO_PRIO_VALUE({}{:x} /* {} */, {})", prefix, klass, name,
                 data);
  if (known.empty()) {
    words.text.append(words.verbose);
  } else {
    fmt::format_to(std::back_inserter(words.text), "IOPRIO_PRIO_VALUE({}, {})", name, data);
  }
}

void show_ioprio(ViewContext& context, uint64_t priority, Base base, bool is_result) {
  Words words;
  append_ioprio(words, static_cast<uint32_t>(priority), context.abi);
  context.sink.expression(Expression{.raw = priority,
                                     .base = base,
                                     .is_signed = true,
                                     .text = {words.text.data(), words.text.size()},
                                     .verbose = {words.verbose.data(), words.verbose.size()},
                                     .unless_raw = is_result});
}

}  // namespace

void cpuset(ViewContext& context, const ViewValue& value) {
  std::array<uint8_t, most_bytes> bytes{};
  const std::size_t size = std::min<uint64_t>(value.params[0], most_bytes);
  if (only_address(context, value.number) ||
      !context.memory.read_all(Address{value.number}, std::span(bytes).first(size))) {
    return context.sink.address({value.number});
  }
  context.sink.begin(Shape::set);
  for (std::size_t cpu = 0; cpu < size * 8; ++cpu) {
    if ((bytes[cpu / 8] >> (cpu % 8) & 1) != 0) show_decimal(context.sink, static_cast<int64_t>(cpu));
  }
  if (value.params[0] > most_bytes) context.sink.elided();
  context.sink.end();
}

void ioprio(ViewContext& context, const ViewValue& value) {
  show_ioprio(context, value.number, Base::decimal, false);
}

// In struct iocb (io_submit(2)), which has 16 bits for it.
void aio_priority(ViewContext& context, const ViewValue& value) {
  show_ioprio(context, value.number, Base::hex, false);
}

void ioprio_result(ViewContext& context, const ViewValue& value) {
  context.sink.begin(Shape::aux);
  show_ioprio(context, value.number, Base::decimal, true);
  context.sink.end();
}

}  // namespace ktrace::decode::views
