// Constants, enums and flags sets.
#include <algorithm>
#include <array>
#include <utility>

#include "parser.h"

namespace ktspec {

// NAME = VALUE, and what may follow it.
Constant Parser::constant() {
  Constant out;
  out.name = name("a constant name");
  expect("=");
  out.value = value();
  constant_suffixes(out);
  return out;
}

// The key of a case: a constant declared here or elsewhere, or a bare number.
Constant Parser::key() {
  Constant out;
  if (is_number() || is("-")) {
    out.name.loc = cur().loc;
    out.value = value();
    return out;
  }
  out.name = name("a key");
  while (is("or")) {  // one number with two names, shown as they stand: `BTRFS_IOC_CLONE or FICLONE`
    next();
    const std::string_view other = name("another name").text;
    out.name.text = {out.name.text.data(), static_cast<size_t>(other.data() + other.size() - out.name.text.data())};
    out.unchecked = true;
  }
  if (eat("=")) out.value = value();
  constant_suffixes(out);
  return out;
}

void Parser::constant_suffixes(Constant& out) {
  out.header = header_;
  for (;;) {
    if (eat("on")) {
      const uint8_t abis = abi_list();
      expect(":");
      out.others.push_back({abis, value()});
    } else if (eat("only")) {
      out.only = abi_list();
    } else if (eat("unchecked")) {
      out.unchecked = true;
    } else if (eat("alias")) {
      out.alias = true;
    } else if (eat("since")) {
      out.since = version();
    } else {
      return;
    }
  }
}

uint8_t Parser::abi_list() {
  uint8_t out = 0;
  for (;;) {
    const auto found = std::ranges::find(abi_names, cur().text);
    if (found == abi_names.end()) break;
    out = static_cast<uint8_t>(out | 1u << (found - abi_names.begin()));
    next();
  }
  if (out != 0) return out;
  Suggestion suggestion(cur().text);
  for (std::string_view abi : abi_names) suggestion.consider(abi);
  fail("expected an ABI, found " + quoted(cur().text) + suggestion.text());
  return out;
}

// io('T', 1)  ior('T', 0x30, TYPE)  iow  iowr, or a number.
Value Parser::value() {
  static constexpr std::array<std::pair<std::string_view, uint64_t>, 4> macros = {
      {{"io", 0}, {"iow", 1}, {"ior", 2}, {"iowr", 3}}};
  Value out;
  for (const auto& [text, direction] : macros) {
    if (!eat(text)) continue;
    out.is_ioctl = true;
    expect("(");
    const uint64_t magic = sum();
    expect(",");
    const uint64_t nr = sum();
    out.number = direction << 30 | magic << 8 | nr;
    if (magic > 0xff || nr > 0xff) fail("an ioctl number has 8 bits for its letter and 8 for its number");
    if (direction != 0) {
      expect(",");
      if (is_number()) {
        out.number |= sum() << 16;
      } else {
        out.sized = type();
      }
    }
    expect(")");
    return out;
  }
  out.negative = is("-");
  out.number = sum();
  return out;
}

uint64_t Parser::sum() {
  uint64_t out = term();
  for (;;) {
    if (eat("<<")) {
      const uint64_t shift = term();
      if (shift > 63) fail("shift is too big");
      out <<= shift & 63;
    } else if (eat("|")) {
      out |= term();
    } else if (eat("+")) {
      out += term();
    } else {
      return out;
    }
  }
}

uint64_t Parser::term() {
  if (eat("-")) return 0 - term();
  if (!eat("(")) return number("a number");
  const uint64_t out = sum();
  expect(")");
  return out;
}

bool Parser::header() {
  if (!eat("header")) return false;
  if (cur().kind == Token::Kind::header) {
    header_ = cur().text;
    next();
  } else {
    fail_expected("a header, such as <fcntl.h>");
  }
  return true;
}

std::string_view Parser::string(std::string_view what) {
  if (cur().kind != Token::Kind::string) fail_expected(what);
  const std::string_view out = cur().text;
  next();
  return out;
}

void Parser::set(bool flags) {
  SetDecl out;
  out.flags = flags;
  out.name = name("a name");
  item_name_ = out.name.text;
  expect(":");
  out.base = name("a scalar type");
  for (;;) {
    if (eat("prefix")) {
      out.prefix = name("a prefix").text;
    } else if (eat("unknown")) {
      out.unknown = string("a text, such as \"?_OK\"");
    } else if (header()) {
    } else if (eat("decimal")) {
      out.format = spec::Format::decimal;
    } else if (eat("oct")) {
      out.format = spec::Format::octal;
    } else if (eat("annotated")) {
      out.annotated = true;
    } else {
      break;
    }
  }
  skip_newlines();
  expect("{");
  while (more("}")) out.items.push_back(set_item());
  if (!failed_) unit_.sets.push_back(std::move(out));
}

SetItem Parser::set_item() {
  SetItem out;
  out.loc = cur().loc;
  const bool plain = ahead(1).text == "=";  // a constant, whatever its name
  if (!plain && eat("part")) {
    out.kind = spec::ItemKind::part;
    out.mask = sum();
    if (eat("as")) {
      out.as = name("an enum");
    } else {
      expect("{");
      while (more("}")) out.names.push_back(constant());
    }
  } else if (!plain && eat("number")) {
    return set_number(std::move(out));
  } else if (!plain && eat("zero")) {
    out.kind = spec::ItemKind::zero;
    out.constant.name = name("a name");
    out.constant.value = Value{};
    constant_suffixes(out.constant);
  } else {
    out.constant = constant();
  }
  return out;
}

// number MASK << SHIFT NAME
SetItem Parser::set_number(SetItem item) {
  item.kind = spec::ItemKind::number;
  item.mask = term();
  if (eat("<<")) {
    const uint64_t shift = term();
    if (shift > 63) fail("shift is too big");
    item.shift = static_cast<unsigned>(shift & 63);
    item.mask <<= item.shift;
  }
  item.constant.name = name("the name of the shift");
  item.constant.value = Value{};
  item.constant.value->number = item.shift;
  constant_suffixes(item.constant);
  return item;
}

}  // namespace ktspec
