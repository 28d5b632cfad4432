#include "scanner.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace ktspec {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

class Scanner {
 public:
  Scanner(const Sources& sources, uint32_t file, Diagnostics& diagnostics)
      : source_(sources[file]), file_(file), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    for (line_ = 1; line_ <= source_.lines.size(); ++line_) {
      scan_line();
      if (depth_ == 0 && !out_.empty() && out_.back().kind != Token::Kind::newline)
        push(Token::Kind::newline, "end of line", text_.size());
    }
    join_lines();
    const auto last = static_cast<uint32_t>(std::max<size_t>(source_.lines.size(), 1));
    out_.push_back({Token::Kind::end, true, "end of file", 0, {file_, last, 1}});
    return std::move(out_);
  }

 private:
  void push(Token::Kind kind, std::string_view text, size_t at, uint64_t value = 0) {
    out_.push_back({kind, spaced_, text, value, loc(at)});
    spaced_ = false;
  }
  [[nodiscard]] Loc loc(size_t at) const { return {file_, line_, static_cast<uint32_t>(at) + 1}; }

  void scan_line() {
    text_ = source_.lines[line_ - 1];
    spaced_ = true;
    for (size_t at = 0; at < text_.size() && text_[at] != '#';) {
      const auto c = static_cast<unsigned char>(text_[at]);
      if (std::isspace(c)) {
        spaced_ = true;
        ++at;
      } else if (std::isdigit(c)) {
        at = scan_number(at);
      } else if (is_word(text_[at])) {
        size_t end = at;
        while (end < text_.size() && is_word(text_[end])) ++end;
        push(Token::Kind::name, text_.substr(at, end - at), at);
        at = end;
      } else {
        at = scan_other(at);
      }
    }
  }

  // 12 0x1f 0o17 0b101
  size_t scan_number(size_t at) {
    size_t end = at;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const std::string_view word = text_.substr(at, end - at);
    unsigned base = 10;
    std::string_view digits = word;
    if (word.size() > 2 && word[0] == '0') {
      base = word[1] == 'x' ? 16 : word[1] == 'o' ? 8 : word[1] == 'b' ? 2 : 10;
      if (base != 10) digits.remove_prefix(2);
    }
    uint64_t value = 0;
    for (char c : digits) {
      const int lower = std::tolower(static_cast<unsigned char>(c));
      const unsigned digit = lower >= '0' && lower <= '9'   ? static_cast<unsigned>(lower - '0')
                             : lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10
                                                            : 99u;
      if (digit >= base) {
        diagnostics_.error(loc(at), "bad number " + quoted(word));
        break;
      }
      if (value > (UINT64_MAX - digit) / base) {
        diagnostics_.error(loc(at), quoted(word) + " does not fit in 64 bits");
        break;
      }
      value = value * base + digit;
    }
    if (base == 10 && word.size() > 1 && word[0] == '0')
      diagnostics_.error(loc(at), "octal numbers are written 0o" + std::string(word.substr(1)));
    push(Token::Kind::number, word, at, value);
    return end;
  }

  size_t scan_other(size_t at) {
    const std::string_view rest = text_.substr(at);
    if (rest[0] == '\'') return scan_character(at);
    if (rest[0] == '"') return scan_string(at);
    if (rest[0] == '<' && !out_.empty() && out_.back().text == "header") {
      const size_t end = rest.find('>');
      if (end != std::string_view::npos) {
        push(Token::Kind::header, rest.substr(0, end + 1), at);
        return at + end + 1;
      }
    }
    static constexpr std::array<std::string_view, 8> longer = {"...", "->", "==", "!=", "<=", ">=", "<<", ">>"};
    for (std::string_view punct : longer) {
      if (!rest.starts_with(punct)) continue;
      push(Token::Kind::punct, punct, at);
      return at + punct.size();
    }
    if (std::string_view("(){}[]:=,|*.-+&/<>@").find(rest[0]) == std::string_view::npos) {
      diagnostics_.error(loc(at), "stray character " + quoted(rest.substr(0, 1)));
      return at + 1;
    }
    if (rest[0] == '(' || rest[0] == '[') ++depth_;
    if ((rest[0] == ')' || rest[0] == ']') && depth_ > 0) --depth_;
    // A brace cannot stand inside parentheses: one was left open, and the rest of the file should still make sense.
    if (rest[0] == '{' || rest[0] == '}') depth_ = 0;
    push(Token::Kind::punct, rest.substr(0, 1), at);
    return at + 1;
  }

  size_t scan_character(size_t at) {
    const std::string_view rest = text_.substr(at);
    const size_t skip = rest.size() > 1 && rest[1] == '\\' ? 2 : 1;
    if (rest.size() < skip + 2 || rest[skip + 1] != '\'') {
      diagnostics_.error(loc(at), "expected a character like 'T'");
      return text_.size();
    }
    push(Token::Kind::number, rest.substr(0, skip + 2), at, static_cast<unsigned char>(rest[skip]));
    return at + skip + 2;
  }

  // "O_???": without escapes, of one line.
  size_t scan_string(size_t at) {
    const size_t end = text_.find('"', at + 1);
    if (end == std::string_view::npos) {
      diagnostics_.error(loc(at), "the string does not end");
      return text_.size();
    }
    push(Token::Kind::string, text_.substr(at + 1, end - at - 1), at);
    return end + 1;
  }

  // Drops the newlines at which a line plainly goes on.
  void join_lines() {
    static constexpr std::array<std::string_view, 12> before = {"|",   ",", ":", "=",  "and", "or",
                                                                "not", "&", "+", "->", "has", "<<"};
    static constexpr std::array<std::string_view, 4> after = {"->", "|", "and", "or"};
    std::vector<Token> kept;
    kept.reserve(out_.size());
    for (size_t k = 0; k < out_.size(); ++k) {
      if (out_[k].kind == Token::Kind::newline) {
        if (!kept.empty() && std::ranges::find(before, kept.back().text) != before.end()) continue;
        if (k + 1 < out_.size() && std::ranges::find(after, out_[k + 1].text) != after.end()) continue;
      }
      kept.push_back(out_[k]);
    }
    out_ = std::move(kept);
  }

  const Source& source_;
  uint32_t file_;
  Diagnostics& diagnostics_;
  std::vector<Token> out_;
  std::string_view text_;
  uint32_t line_ = 1;
  unsigned depth_ = 0;
  bool spaced_ = true;
};

}  // namespace

std::vector<Token> scan(const Sources& sources, uint32_t file, Diagnostics& diagnostics) {
  return Scanner(sources, file, diagnostics).run();
}

}  // namespace ktspec
