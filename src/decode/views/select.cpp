// Sets of descriptors and the results of select(2) and pselect6(2). A set is an array of longs, bit by bit; only the
// descriptors below nfds count. As many as the result says are ready in the three sets together.
#include <algorithm>
#include <array>
#include <optional>

#include "decode/scalar.h"
#include "decode/view.h"
#include "decode/view_buffer.h"
#include "decode/views/waiting.h"
#include "spec/ids.h"

namespace ktrace::decode::views {
namespace {

constexpr int64_t most_descriptors = 1 << 20;  // more than any kernel lets a process have

// The arguments of select as they are called.
struct Selection {
  int64_t count = 0;
  std::array<Address, 3> sets;
  Address timeout;
};

// The words that hold the first `count` bits; false if they cannot be read.
class BitSet {
 public:
  BitSet(ViewContext& context, Address from, int64_t count)
      : buffer_(context, from && count > 0 ? size_of(context, count) : 0),
        readable_(from && count > 0 && context.memory.read_all(from, buffer_.bytes())) {}

  explicit operator bool() const { return readable_; }
  [[nodiscard]] bool has(int64_t fd) const {
    return (buffer_.bytes()[static_cast<std::size_t>(fd / 8)] >> (fd % 8) & 1) != 0;
  }

 private:
  static std::size_t size_of(const ViewContext& context, int64_t count) {
    const std::size_t word = context.long_bytes();
    const auto bits = static_cast<std::size_t>(std::min(count, most_descriptors));
    return (bits + 8 * word - 1) / (8 * word) * word;
  }

  ViewBuffer buffer_;
  bool readable_;
};

void show_set(ViewContext& context, Address from, int64_t count) {
  const BitSet set(context, from, count);
  if (!set || !context.options.dereference) return context.sink.address(from);
  context.sink.begin(Shape::set);
  for (int64_t fd = 0; fd < std::min(count, most_descriptors); ++fd) {
    if (set.has(fd)) context.show_fd(fd);
  }
  context.sink.end();
}

void show_ready(ViewContext& context, Address from, int64_t count, std::string_view what, uint64_t& ready) {
  const BitSet set(context, from, count);
  if (!set || ready == 0) return;
  bool any = false;
  for (int64_t fd = 0; fd < std::min(count, most_descriptors) && ready != 0; ++fd) {
    if (!set.has(fd)) continue;
    if (!any) {
      context.sink.word(what);
      context.sink.begin(Shape::set);
      any = true;
    }
    context.sink.number({.value = static_cast<uint64_t>(fd), .width = 4});  // -y says nothing here
    --ready;
  }
  if (any) context.sink.end();
}

void show_selected(ViewContext& context, const Selection& selection, uint64_t ready, uint32_t time) {
  if (ready == 0) return show_timeout(context.sink);
  constexpr std::string_view names[] = {"in", "out", "except"};
  context.sink.begin(Shape::aux);
  for (unsigned k = 0; k < 3; ++k) {
    show_ready(context, selection.sets[k], selection.count, names[k], ready);
  }
  if (selection.timeout) show_time_left(context, selection.timeout, time);
  context.sink.end();
}

Selection arguments_of(const ViewContext& context) {
  Selection selection{.count = static_cast<int32_t>(context.argument(0)), .sets = {}, .timeout = {context.argument(4)}};
  for (unsigned k = 0; k < 3; ++k) selection.sets[k] = {context.argument(1 + k)};
  return selection;
}

// i386 has a call that takes the address of the five arguments.
std::optional<Selection> arguments_in_memory(ViewContext& context, Address from) {
  std::array<uint8_t, 20> bytes{};
  if (!from || !context.memory.read_all(from, bytes)) return std::nullopt;
  const auto word = [&](std::size_t k) { return load(bytes.data() + 4 * k, 4); };
  return Selection{.count = static_cast<int32_t>(word(0)),
                   .sets = {Address{word(1)}, Address{word(2)}, Address{word(3)}},
                   .timeout = {word(4)}};
}

}  // namespace

void fd_set(ViewContext& context, const ViewValue& value) {
  show_set(context, {value.number}, static_cast<int32_t>(value.params[0]));
}

void select_result(ViewContext& context, const ViewValue& value) {
  show_selected(context, arguments_of(context), value.number, spec::ids::record_timeval);
}

void pselect_result(ViewContext& context, const ViewValue& value) {
  show_selected(context, arguments_of(context), value.number, spec::ids::record_timespec);
}

void pselect_result64(ViewContext& context, const ViewValue& value) {
  show_selected(context, arguments_of(context), value.number, spec::ids::record_timespec64);
}

// The label of the first argument was sent by the caller.
void old_select_args(ViewContext& context, const ViewValue& value) {
  const auto selection = arguments_in_memory(context, {value.number});
  if (!selection) return context.sink.address({value.number});
  constexpr std::string_view names[] = {"readfds", "writefds", "exceptfds"};
  context.sink.number({.value = static_cast<uint64_t>(selection->count), .width = 4, .is_signed = true});
  for (unsigned k = 0; k < 3; ++k) {
    context.sink.argument(names[k]);
    show_set(context, selection->sets[k], selection->count);
  }
  context.sink.argument("timeout");
  std::array<uint8_t, 8> timeval{};
  if (!selection->timeout || !context.options.dereference || !context.memory.read_all(selection->timeout, timeval)) {
    return context.sink.address(selection->timeout);
  }
  context.show_record(spec::ids::record_timeval, timeval);
}

void old_select_result(ViewContext& context, const ViewValue& value) {
  const auto selection = arguments_in_memory(context, {context.argument(0)});
  if (selection) show_selected(context, *selection, value.number, spec::ids::record_timeval);
}

}  // namespace ktrace::decode::views
