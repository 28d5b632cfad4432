// What a fuzzer made up, taken off the front piece by piece. There is always more: what is missing is 0 or empty, so
// that every input, however short, is a valid one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace ktrace::fuzz {

class Input {
 public:
  Input(const uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  template <class Number>
  Number number() {
    Number number{};
    const auto from = bytes(sizeof number);
    if (!from.empty()) std::memcpy(&number, from.data(), from.size());
    return number;
  }
  uint8_t byte() { return number<uint8_t>(); }
  bool flag() { return byte() % 2 != 0; }

  std::span<const uint8_t> bytes(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const uint8_t> rest() { return bytes(rest_.size()); }

  // Up to 255 bytes, preceded by their number.
  std::string_view text() {
    const auto from = bytes(byte());
    return {reinterpret_cast<const char*>(from.data()), from.size()};
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace ktrace::fuzz
