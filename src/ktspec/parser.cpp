#include "parser.h"

#include <algorithm>
#include <array>

namespace ktspec {

static constexpr std::array<std::string_view, 11> item_words = {
    "class", "enum", "flags", "struct", "tuple", "select", "attrs", "extend", "native", "syscall", "abi"};

bool Parser::is(std::string_view text) const {
  return cur().text == text && (cur().kind == Token::Kind::punct || cur().kind == Token::Kind::name);
}

void Parser::next() {
  if (pos_ + 1 < tokens_.size()) ++pos_;
}

bool Parser::eat(std::string_view text) {
  if (!is(text)) return false;
  next();
  return true;
}

void Parser::expect(std::string_view text) {
  if (!eat(text)) fail_expected(quoted(text));
}

// Reports only the first error of an item, and stops it.
void Parser::fail(const std::string& message) {
  if (failed_) return;
  failed_ = true;
  failed_at_ = pos_;
  diagnostics_.error(cur().loc, message);
  pos_ = tokens_.size() - 1;
}

void Parser::fail_expected(std::string_view what) {
  const Token& found = cur();
  const bool plain = found.kind == Token::Kind::newline || found.kind == Token::Kind::end;
  fail("expected " + std::string(what) + ", found " + (plain ? std::string(found.text) : quoted(found.text)));
}

void Parser::skip_newlines() {
  while (cur().kind == Token::Kind::newline) next();
}

bool Parser::more(std::string_view close) {
  skip_newlines();
  if (eat(close)) return false;
  if (cur().kind == Token::Kind::end) {
    fail_expected(quoted(close));
    return false;
  }
  return true;
}

Ident Parser::name(std::string_view what) {
  if (!is_name()) {
    fail_expected(what);
    return {"", cur().loc};
  }
  const Ident out{cur().text, cur().loc};
  next();
  return out;
}

uint64_t Parser::number(std::string_view what) {
  if (!is_number()) {
    fail_expected(what);
    return 0;
  }
  const uint64_t out = cur().value;
  next();
  return out;
}

uint32_t Parser::small(std::string_view what) {
  if (is_number() && cur().value > UINT32_MAX / 2) fail(quoted(cur().text) + " is too big");
  return static_cast<uint32_t>(number(what));
}

void Parser::recover(size_t began) {
  pos_ = std::max(failed_at_, began + 1);
  failed_ = false;
  while (cur().kind != Token::Kind::end && !(is_name() && cur().loc.col == 1)) next();
}

void Parser::parse_descriptions() {
  for (skip_newlines(); cur().kind != Token::Kind::end; skip_newlines()) {
    const size_t began = pos_;
    item_name_ = {};
    header_ = {};
    item();
    if (!failed_) continue;
    if (!item_name_.empty()) unit_.broken.push_back(item_name_);
    recover(began);
  }
}

void Parser::item() {
  struct Item {
    std::string_view word;
    void (*parse)(Parser&);
  };
  static constexpr std::array<Item, item_words.size()> items = {{
      {"class", [](Parser& p) { p.file_class(); }},
      {"enum", [](Parser& p) { p.set(false); }},
      {"flags", [](Parser& p) { p.set(true); }},
      {"struct", [](Parser& p) { p.record(false); }},
      {"tuple", [](Parser& p) { p.record(true); }},
      {"select", [](Parser& p) { p.select(false); }},
      {"attrs", [](Parser& p) { p.select(true); }},
      {"extend", [](Parser& p) { p.extend(); }},
      {"native", [](Parser& p) { p.native(); }},
      {"syscall", [](Parser& p) { p.syscall(); }},
      {"abi", [](Parser& p) { p.abi(); }},
  }};
  for (const Item& item : items) {
    if (!is(item.word)) continue;
    next();
    item.parse(*this);
    if (!failed_ && cur().kind != Token::Kind::newline && cur().kind != Token::Kind::end) fail_expected("end of line");
    return;
  }
  Suggestion suggestion(cur().text);
  for (std::string_view word : item_words) suggestion.consider(word);
  fail("expected a declaration, found " + quoted(cur().text) + suggestion.text());
}

}  // namespace ktspec
