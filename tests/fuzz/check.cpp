// See check.h.
#include "check.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>

namespace ktrace::fuzz {
namespace {

// Recursive descent over one text.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool object_alone() { return is('{') && value(0) && at_ == text_.size(); }

 private:
  static constexpr unsigned deepest = 4000;  // readers give up somewhere, most of them earlier than that

  [[nodiscard]] bool is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool eat(char c) {
    if (!is(c)) return false;
    ++at_;
    return true;
  }
  bool eat(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  bool value(unsigned depth) {
    if (depth > deepest || at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{': return members(depth);
      case '[': return elements(depth);
      case '"': return string();
      case 't': return eat("true");
      case 'f': return eat("false");
      case 'n': return eat("null");
      default: return number();
    }
  }

  bool members(unsigned depth) {
    ++at_;
    if (eat('}')) return true;
    do {
      if (!string() || !eat(':') || !value(depth + 1)) return false;
    } while (eat(','));
    return eat('}');
  }

  bool elements(unsigned depth) {
    ++at_;
    if (eat(']')) return true;
    do {
      if (!value(depth + 1)) return false;
    } while (eat(','));
    return eat(']');
  }

  bool digits() {
    const std::size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ != from;
  }
  bool number() {
    eat('-');
    if (!eat('0') && !digits()) return false;
    if (eat('.') && !digits()) return false;
    if (!eat('e') && !eat('E')) return true;
    if (!eat('+')) eat('-');
    return digits();
  }

  bool string() {
    if (!eat('"')) return false;
    while (!eat('"')) {
      if (at_ >= text_.size()) return false;
      if (!(is('\\') ? escape() : character())) return false;
    }
    return true;
  }

  bool hex_digits(uint32_t& code) {
    code = 0;
    for (unsigned k = 0; k < 4; ++k, ++at_) {
      constexpr std::string_view all = "0123456789abcdef";
      const std::size_t digit = at_ < text_.size() ? all.find(text_[at_]) : std::string_view::npos;
      if (digit == std::string_view::npos) return false;
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }
  // Halves of a surrogate pair must meet: many readers refuse a lone one.
  bool escape() {
    ++at_;
    if (at_ < text_.size() && std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos)
      return ++at_, true;
    uint32_t code = 0;
    if (!eat('u') || !hex_digits(code)) return false;
    if (code < 0xd800 || code > 0xdfff) return true;
    uint32_t low = 0;
    return code < 0xdc00 && eat("\\u") && hex_digits(low) && low >= 0xdc00 && low <= 0xdfff;
  }

  // One character of UTF-8 that is no control character.
  bool character() {
    const auto first = static_cast<uint8_t>(text_[at_++]);
    if (first < 0x80) return first >= 0x20 && first != 0x7f;
    const unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    uint32_t code = first & (0x3fU >> more);
    if (first < 0xc0 || first > 0xf7) return false;
    for (unsigned k = 0; k < more; ++k, ++at_) {
      if (at_ >= text_.size() || (static_cast<uint8_t>(text_[at_]) & 0xc0) != 0x80) return false;
      code = code << 6 | (static_cast<uint8_t>(text_[at_]) & 0x3fU);
    }
    constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    return code >= least[more] && code >= 0xa0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

void fail(const char* what, std::string_view text) {
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(std::min<std::size_t>(text.size(), 4000)), text.data());
  std::abort();
}

void check_text(std::string_view text) {
  const auto bad = [](char c) { return (c < 0x20 || c > 0x7e) && c != '\n'; };
  if (std::any_of(text.begin(), text.end(), bad)) fail("control bytes in text", text);
}

void check_json_lines(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) fail("a line of JSON does not end", lines);
    const std::string_view line = lines.substr(0, end);
    if (!JsonReader(line).object_alone()) fail("not JSON", line);
    lines.remove_prefix(end + 1);
  }
}

}  // namespace ktrace::fuzz
