// What native views share: addresses that are not followed, words of the ABI in memory, arrays with strace's cuts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "decode/scalar.h"
#include "decode/view.h"

namespace ktrace::decode::views {

// Structures behind a pointer are not looked at: the call failed and the kernel wrote nothing, or -e verbose= says so.
inline bool only_address(const ViewContext& context, uint64_t address) {
  return address == 0 || !context.options.dereference || (context.phase == Phase::exit && context.failed);
}

inline void show_hex(ValueSink& sink, uint64_t value, unsigned width = 8) {
  sink.number({.value = value, .width = static_cast<uint8_t>(width), .is_signed = false, .base = Base::hex});
}

inline void show_decimal(ValueSink& sink, int64_t value) {
  sink.number({.value = static_cast<uint64_t>(value), .width = 8, .is_signed = true, .base = Base::decimal});
}

inline void show_unsigned(ValueSink& sink, uint64_t value) {
  sink.number({.value = value, .width = 8, .is_signed = false, .base = Base::decimal});
}

// A number with one name, as an enum has it.
inline void show_name(ValueSink& sink, uint64_t value, unsigned width, Base base, std::string_view name) {
  sink.symbols({.value = value, .width = static_cast<uint8_t>(width), .base = base, .names = {&name, 1}});
}

inline std::optional<uint64_t> read_integer(ViewContext& context, uint64_t address, unsigned width) {
  std::array<uint8_t, 8> bytes{};
  if (!context.memory.read_all(Address{address}, std::span(bytes).first(width))) return std::nullopt;
  return load(bytes.data(), width);
}

// Integers of one width that lie one behind the other, read a block at a time.
class Integers {
 public:
  Integers(ViewContext& context, uint64_t address, unsigned width)
      : memory_(context.memory), address_(address), width_(width) {}

  [[nodiscard]] uint64_t address_of(uint64_t k) const { return address_ + k * width_; }

  // Nothing if it cannot be read.
  std::optional<uint64_t> at(uint64_t k) {
    const uint64_t first = k * width_;
    if (first < from_ || first + width_ > from_ + valid_) {
      from_ = first;
      valid_ = memory_.read(Address{address_ + first}, block_);
      if (valid_ < width_) return std::nullopt;
    }
    return load(block_.data() + (first - from_), width_);
  }

 private:
  Memory& memory_;
  uint64_t address_;
  unsigned width_;
  uint64_t from_ = 0;  // which bytes behind address_ block_ holds
  std::size_t valid_ = 0;
  std::array<uint8_t, 512> block_;
};

// `[a, b]` of the first `shown` of `count` elements of Size bytes at `address`, read one by one: the address if not
// even the first can be read, `... /* 0x1000 */` from where reading fails, `...` for those that are not shown; whether
// the first of these can be read is looked at too, as in strace, if any is shown. True: none was unreadable.
template <std::size_t Size, class Show>
bool show_elements(ViewContext& context, uint64_t address, uint64_t shown, uint64_t count, Show show) {
  std::array<uint8_t, Size> bytes;
  const uint64_t looked_at = shown == 0 ? 0 : count;
  for (uint64_t k = 0; k < looked_at; ++k) {
    const Address from{address + k * Size};
    const bool readable = context.memory.read_all(from, bytes);
    if (!readable && k == 0) {
      context.sink.address({address});
      return false;
    }
    if (k == 0) context.sink.begin(Shape::array);
    if (!readable || k == shown) {
      readable ? context.sink.elided() : context.sink.unreadable(from);
      context.sink.end();
      return readable;
    }
    show(from, std::span<const uint8_t>(bytes));
  }
  if (looked_at == 0) context.sink.begin(Shape::array);
  if (looked_at != count) context.sink.elided();
  context.sink.end();
  return true;
}

// `[a, b]` of `count` integers at `address`: the address if not even the first can be read, `... /* 0x1000 */` from
// where reading fails, `...` after -s elements unless -v. Whether there is one more is looked at first, as in strace.
template <class Show>
void show_integers(ViewContext& context, uint64_t address, uint64_t count, unsigned width, Show show) {
  const uint64_t most = context.options.abbreviate ? context.options.string_limit : ~uint64_t{0};
  Integers integers(context, address, width);
  for (uint64_t k = 0; k < count; ++k) {
    const std::optional<uint64_t> value = integers.at(k);
    if (!value && k == 0) return context.sink.address({address});
    if (k == 0) context.sink.begin(Shape::array);
    if (!value) {
      context.sink.unreadable({integers.address_of(k)});
      return context.sink.end();
    }
    if (k == most) {
      context.sink.elided();
      return context.sink.end();
    }
    show(*value);
  }
  if (count == 0) context.sink.begin(Shape::array);
  context.sink.end();
}

}  // namespace ktrace::decode::views
