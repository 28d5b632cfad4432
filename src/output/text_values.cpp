// The half of TextSink that writes values: separators, labels, and how each kind of value looks under -X and -x.

#include "base/append.h"
#include "base/quote.h"
#include "output/target.h"
#include "output/text_sink.h"

namespace ktrace::output {
namespace {

using Constants = TextOptions::Constants;

constexpr std::string_view aux_begin = " (";

constexpr uint64_t low_bytes(uint64_t value, unsigned width) {
  return width >= 8 ? value : value & ((uint64_t{1} << (width * 8)) - 1);
}

}  // namespace

// --- structure ---

void TextSink::open_level(uint8_t what) {
  at_->levels.push_back({.what = what});
}

// What stands between this element and the one before it.
void TextSink::separate() {
  if (at_->levels.empty()) return;
  uint8_t& what = level();
  if (what & occupied) {
    const uint8_t shape = what & shape_mask;
    const bool blank = shape == static_cast<uint8_t>(Shape::set) || (what & after_word);
    out_->append(blank ? " " : ", ");
  }
  what = static_cast<uint8_t>((what | occupied) & ~after_word);
}

void TextSink::before_value() {
  if (glued_) {
    glued_ = false;
    return;
  }
  separate();
  if (label_.empty()) return;
  out_->append(label_).push_back('=');
  label_.clear();
}

void TextSink::argument(std::string_view name) {
  if (options_.argument_names) label_.assign(name);
}

void TextSink::field(std::string_view name) {
  label_.assign(name);
}

void TextSink::begin(Shape shape, std::string_view name) {
  if (shape == Shape::aux) {
    out_->append(aux_begin);
  } else {
    before_value();
    switch (shape) {
      case Shape::structure: out_->push_back('{'); break;
      case Shape::set: out_->append(name); [[fallthrough]];
      case Shape::array: out_->push_back('['); break;
      case Shape::call: out_->append(name).push_back('('); break;
      case Shape::flow:
      case Shape::aux: break;
    }
  }
  open_level(static_cast<uint8_t>(shape));
}

// Without anything in it there is no aux text.
void TextSink::end_aux() {
  if (out_->ends_with(aux_begin)) {
    out_->resize(out_->size() - aux_begin.size());
  } else {
    out_->push_back(')');
  }
}

void TextSink::end() {
  switch (static_cast<Shape>(level() & shape_mask)) {
    case Shape::structure: out_->push_back('}'); break;
    case Shape::array:
    case Shape::set: out_->push_back(']'); break;
    case Shape::call: out_->push_back(')'); break;
    case Shape::aux: end_aux(); break;
    case Shape::flow: break;
  }
  at_->levels.pop_back();
  label_.clear();
}

// --- values ---

void TextSink::append_number(uint64_t value, unsigned width, bool is_signed, Base base) {
  switch (base) {
    case Base::hex: return base::append_hex(*out_, low_bytes(value, width));
    case Base::octal: return base::append_octal(*out_, low_bytes(value, width));
    case Base::decimal: break;
  }
  if (is_signed)
    base::append_decimal(*out_, static_cast<int64_t>(value));
  else
    base::append_decimal(*out_, low_bytes(value, width));
}

void TextSink::number(const Number& value) {
  before_value();
  append_number(value.value, value.width, value.is_signed, value.base);
}

// Names and what they leave over. Permission bits are shown also if there are none: `S_IFIFO|000`.
void TextSink::append_names(const Symbols& value) {
  bool first = true;
  for (const std::string_view name : value.names) {
    if (!first) out_->push_back('|');
    first = false;
    out_->append(name);
  }
  if (value.rest == 0 && value.base != Base::octal) return;
  out_->push_back('|');
  append_number(value.rest, value.width, false, value.base);
}

void TextSink::symbols(const Symbols& value) {
  before_value();
  append_symbols(value);
  if (value.shift != 0) base::append_decimal(out_->append("<<"), value.shift);
}

void TextSink::append_symbols(const Symbols& value) {
  out_->append(value.sign);
  if (options_.constants == Constants::abbrev && !value.names.empty() && !value.annotated) return append_names(value);
  append_number(value.value, value.width, value.is_signed, value.base);
  if (options_.constants == Constants::raw) return;
  // No flag set is no unknown flag.
  const bool nothing = value.names.empty() && (value.unknown.empty() || (value.is_flags && value.value == 0));
  if (nothing) return;
  out_->append(" /* ");
  if (value.names.empty())
    out_->append(value.unknown);
  else
    append_names(value);
  out_->append(" */");
}

void TextSink::string(const Bytes& value) {
  before_value();
  if (!value.note.empty()) out_->append("/* ").append(value.note).append(" */ ");
  if (value.kind == Bytes::Kind::abstract) out_->append("@");
  const base::HexStrings hex = value.kind == Bytes::Kind::hex ? base::HexStrings::all : options_.hex;
  const bool ends = value.kind == Bytes::Kind::ended && value.bytes.ends_with('\0');
  if (ends && !base::is_hex_throughout(value.bytes, hex)) {
    return base::append_quoted(*out_, value.bytes.substr(0, value.bytes.size() - 1), hex);
  }
  base::append_quoted(*out_, value.bytes, hex);
  if (value.cut) out_->append("...");
}

void TextSink::address(Address value) {
  before_value();
  if (value)
    base::append_hex(*out_, value.value);
  else
    out_->append("NULL");
}

void TextSink::fd(const FdValue& value) {
  before_value();
  if (value.symbol.empty() || options_.constants != Constants::abbrev) base::append_decimal(*out_, value.value);
  if (!value.symbol.empty()) {
    if (options_.constants == Constants::abbrev)
      out_->append(value.symbol);
    else if (options_.constants == Constants::verbose)
      out_->append(" /* ").append(value.symbol).append(" */");
  }
  append_target(*out_, value.target);
}

void TextSink::pid(const PidValue& value) {
  before_value();
  base::append_decimal(*out_, value.value);
  if (!value.comm.empty()) out_->append("<").append(value.comm).append(">");
  append_own_pid(*out_, value.own);
}

// Strings inside an expression follow -xx like any other: inet_addr("\x31").
void TextSink::append_expression(std::string_view text) {
  std::size_t open = options_.hex == base::HexStrings::all ? text.find('"') : std::string_view::npos;
  while (open != std::string_view::npos) {
    const std::size_t close = text.find('"', open + 1);
    if (close == std::string_view::npos) break;
    out_->append(text.substr(0, open));
    base::append_quoted(*out_, text.substr(open + 1, close - open - 1), options_.hex);
    text.remove_prefix(close + 1);
    open = text.find('"');
  }
  out_->append(text);
}

void TextSink::expression(const Expression& value) {
  if (value.unless_raw && options_.constants == Constants::raw) return;
  const bool verbose = options_.constants == Constants::verbose && !value.verbose.empty();
  const bool words_of_raw = value.fixed && options_.constants == Constants::raw && !value.raw_text.empty();
  const std::string_view text = verbose ? value.verbose : words_of_raw ? value.raw_text : value.text;
  const bool abbreviate = value.fixed || value.unless_raw || options_.constants == Constants::abbrev;
  if (abbreviate && !value.unlabelled.empty()) {
    label_.clear();
    before_value();
    append_expression(value.unlabelled);
    return;
  }
  before_value();
  if (value.raw_alone && options_.constants == Constants::raw) return append_expression(*value.raw_alone);
  if (abbreviate && !value.beside) return append_expression(text);
  if (!value.raw_text.empty())
    out_->append(value.raw_text);
  else if (value.bytes.empty())
    append_number(value.raw, 8, value.is_signed, value.base);
  else
    base::append_quoted(*out_, value.bytes, base::HexStrings::all);
  const bool commented = options_.constants == Constants::verbose || (abbreviate && value.beside);
  if (!commented || value.text.empty()) return;
  out_->append(" /* ");
  append_expression(text);
  out_->append(" */");
}

void TextSink::word(std::string_view text) {
  before_value();
  out_->append(text);
  if (at_->levels.empty()) return;
  const auto shape = static_cast<Shape>(level() & shape_mask);
  if (shape == Shape::flow || shape == Shape::aux) level() |= after_word;
}

void TextSink::comment(std::string_view text) {
  out_->append(" /* ").append(text).append(" */");
}

void TextSink::changed() {
  out_->append(" => ");
  glued_ = true;
}

void TextSink::joined(char by) {
  out_->push_back(by);
  glued_ = true;
}

void TextSink::elided() {
  before_value();
  out_->append("...");
}

void TextSink::unreadable(Address from) {
  before_value();
  out_->append("... /* ");
  base::append_hex(*out_, from.value);
  out_->append(" */");
}

}  // namespace ktrace::output
