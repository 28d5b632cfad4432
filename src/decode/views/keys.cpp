// keyctl(2): data whose length stands in a structure of its own, and the capabilities of the key service.
#include <algorithm>

#include "base/errors.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"
#include "spec/tables.h"

namespace ktrace::decode::views {

void pkey_data(ViewContext& context, const ViewValue& value) {
  const bool unwritten = !context.options.dereference || (context.phase == Phase::exit && context.failed);
  const std::optional<uint64_t> length =
      unwritten ? std::nullopt : read_integer(context, value.params[0] + value.params[1], 4);
  if (value.number == 0 || !length) return context.sink.address({value.number});
  context.show_bytes({value.number}, *length, Bytes::Kind::data);
}

void kdf_params(ViewContext& context, const ViewValue& value) {
  const spec::Record& shape = spec::records[spec::ids::record_keyctl_kdf_params];
  std::array<uint8_t, 64> bytes{};
  const auto record = std::span(bytes).first(std::min<std::size_t>(shape.size[index(context.abi)], bytes.size()));
  if (value.number == 0 || !context.memory.read_all(Address{value.number}, record)) {
    return context.sink.address({value.number});
  }
  context.show_record(spec::ids::record_keyctl_kdf_params, record);
}

// A NUL where -s cuts counts as the end, too.
void key_text(ViewContext& context, const ViewValue& value) {
  const Address from{value.number};
  if (context.failed || !from) return context.sink.address(from);
  const uint64_t there = std::min(static_cast<uint64_t>(context.call.outcome.value), value.params[0]);
  const uint64_t shown = std::min<uint64_t>(there, context.options.string_limit);
  const bool ended = shown != 0 && read_integer(context, from.value + shown - 1, 1) == 0;
  context.show_bytes(from, ended ? shown - 1 : there, Bytes::Kind::data);
}

void key_capabilities(ViewContext& context, const ViewValue& value) {
  const uint64_t count = std::min(value.params[0], value.params[1]);
  const bool empty = count == 0 && value.number != 0 && !context.failed;
  if (!empty && only_address(context, value.number)) return context.sink.address({value.number});
  unsigned at = 0;
  show_integers(context, value.number, count, 1, [&](uint64_t byte) {
    switch (at++) {
      case 0: return context.show_set(spec::ids::set_key_caps0, byte, 1);
      case 1: return context.show_set(spec::ids::set_key_caps1, byte, 1);
      default: return show_hex(context.sink, byte, 1);
    }
  });
}

void error_number(ViewContext& context, const ViewValue& value) {
  const std::string_view name =
      value.number <= INT32_MAX ? base::error_name(static_cast<int>(value.number)).name : std::string_view{};
  name.empty() ? show_unsigned(context.sink, value.number)
               : show_name(context.sink, value.number, 4, Base::decimal, name);
}

}  // namespace ktrace::decode::views
