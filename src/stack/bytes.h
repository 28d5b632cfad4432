// Takes the numbers of ELF and DWARF off the front of some bytes. Never reads behind them: what is missing makes the
// reader fail, and everything it then gives is 0.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace ktrace::stack {

class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }
  [[nodiscard]] std::size_t position() const { return at_; }

  template <class Number>
  Number fixed() {
    Number number{};
    if (!has(sizeof number)) return number;
    std::memcpy(&number, bytes_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }

  // An address of 4 or 8 bytes.
  uint64_t word(unsigned bytes) { return bytes == 8 ? fixed<uint64_t>() : fixed<uint32_t>(); }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
  }

  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = fixed<uint8_t>();
      if (shift < 64) value |= uint64_t{byte & 0x7fU} << shift;
      if (byte >= 0x80) continue;
      if ((byte & 0x40) != 0 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
      return static_cast<int64_t>(value);
    }
  }

  // Up to a NUL, which is skipped.
  std::string_view text() {
    const auto rest = bytes_.subspan(at_);
    const void* const end = rest.empty() ? nullptr : std::memchr(rest.data(), 0, rest.size());
    if (end == nullptr) return fail(), std::string_view{};
    const auto length = static_cast<std::size_t>(static_cast<const uint8_t*>(end) - rest.data());
    at_ += length + 1;
    return {reinterpret_cast<const char*>(rest.data()), length};
  }

  std::span<const uint8_t> block(uint64_t length) {
    if (!has(length)) return {};
    const auto block = bytes_.subspan(at_, static_cast<std::size_t>(length));
    at_ += block.size();
    return block;
  }

  // Moves by a distance that may be negative.
  void skip(int64_t distance) {
    const auto to = static_cast<uint64_t>(at_) + static_cast<uint64_t>(distance);
    if (to > bytes_.size()) return fail();
    at_ = static_cast<std::size_t>(to);
  }

 private:
  bool has(uint64_t count) {
    if (count <= bytes_.size() - at_) return true;
    fail();
    return false;
  }
  void fail() {
    failed_ = true;
    at_ = bytes_.size();
  }

  std::span<const uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace ktrace::stack
