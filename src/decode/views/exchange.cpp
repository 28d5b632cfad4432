// See exchange.h.
#include "decode/views/exchange.h"

#include <algorithm>
#include <array>

#include "spec/tables.h"

namespace ktrace::decode::views {
namespace {

constexpr std::size_t largest = 256;

// What cannot be read, or is not to be looked at, is shown as its address.
bool show_structure(ViewContext& context, uint64_t address, uint32_t record) {
  std::array<uint8_t, largest> bytes{};
  const auto there =
      std::span(bytes).first(std::min<std::size_t>(spec::records[record].size[index(context.abi)], largest));
  const bool shown = address != 0 && context.options.dereference && context.memory.read_all({address}, there);
  shown ? context.show_record(record, there) : context.sink.address({address});
  return shown;
}

}  // namespace

void show_exchange(ViewContext& context, uint64_t address, const Exchange& exchange) {
  if (context.phase == Phase::entry) {
    context.left_open = show_structure(context, address, exchange.asked) && !exchange.unanswered;
    return;
  }
  if (exchange.unanswered || (context.failed && !exchange.failure_as_address)) return;
  context.sink.changed();
  context.failed ? context.sink.address({address})
                 : static_cast<void>(show_structure(context, address, exchange.answered));
}

}  // namespace ktrace::decode::views
