// Numbers of io_uring_register(2). The top bit of its command says that the ring is one that was registered before.
#include <fmt/core.h>

#include <algorithm>

#include "decode/symbols.h"
#include "decode/views/helpers.h"
#include "spec/ids.h"

namespace ktrace::decode::views {

void uring_register_op(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t registered_ring = 0x80000000;
  context.show_set(spec::ids::set_io_uring_register_op, value.number & ~registered_ring & 0xffffffff, 4);
  if ((value.number & registered_ring) == 0) return;
  context.sink.joined();
  context.show_set(spec::ids::set_uring_register_bit, registered_ring, 4);
}

void uring_sqe_op(ViewContext& context, const ViewValue& value) {
  const spec::Set& set = spec::sets[spec::ids::set_io_uring_op];
  const std::string_view name = find_name(set, value.number, context.abi);
  const bool known = !name.empty();
  context.sink.symbols({.value = value.number,
                        .width = 1,
                        .names = {&name, known ? 1u : 0u},
                        .rest = known ? 0 : value.number,
                        .unknown = text(set.unknown)});
}

void uring_slot(ViewContext& context, const ViewValue& value) {
  constexpr uint64_t anywhere = 0xffffffff;
  if (value.number == anywhere) return show_decimal(context.sink, -1);
  show_unsigned(context.sink, value.number);
}

void uring_restriction(ViewContext& context, const ViewValue& value) {
  context.show_set(spec::ids::set_uring_restriction_op, value.number, 2);
  const spec::Set& set = spec::sets[spec::ids::set_uring_restriction_op];
  if (!find_name(set, value.number, context.abi).empty()) return;
  char note[32];
  const uint64_t what = value.params[0];
  const auto end = fmt::format_to_n(note, sizeof note, "op: {}{:x}", what == 0 ? "" : "0x", what);
  context.sink.comment({note, std::min(end.size, sizeof note)});
}

}  // namespace ktrace::decode::views
