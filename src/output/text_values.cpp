// The half of TextSink that writes values: separators, labels, and how each kind of value looks under -X and -x.

#include <algorithm>

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
    if (blank)
      out_->push_back(' ');
    else
      append_punct(", ");
  }
  what = static_cast<uint8_t>((what | occupied) & ~after_word);
  ++at_->levels.back().count;
}

void TextSink::before_value() {
  if (glued_) {
    glued_ = false;
    if (!label_.empty()) append_label();  // named once more: {a=1 => a=2}
    return;
  }
  separate();
  if (label_.empty()) return;
  append_label();
}

void TextSink::append_label() {
  if (colored()) paint(options_.colors->argname);
  out_->append(label_);
  append_punct("=");
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
    out_->push_back(' ');
    if (colored()) paint(options_.colors->retval);
    out_->push_back('(');
    plain_ = true;
  } else {
    before_value();
    switch (shape) {
      case Shape::structure: append_punct("{"); break;
      case Shape::set: out_->append(name).push_back('['); break;
      case Shape::array: append_punct("["); break;
      case Shape::call:
        if (colored()) paint(options_.colors->call);
        out_->append(name);
        append_punct("(");
        break;
      case Shape::flow:
      case Shape::aux: break;
    }
  }
  open_level(static_cast<uint8_t>(shape));
}

// Without anything in it there is no aux text.
void TextSink::end_aux() {
  plain_ = false;
  const std::size_t color = options_.colors ? options_.colors->retval.size() : 0;
  if (out_->ends_with('(')) {
    out_->resize(out_->size() - aux_begin.size() - color);
    if (writer_ != nullptr) line_->start -= color;
  } else {
    out_->push_back(')');
    color_off();
  }
}

void TextSink::end() {
  switch (static_cast<Shape>(level() & shape_mask)) {
    case Shape::structure: append_punct("}"); break;
    case Shape::array: append_punct("]"); break;
    case Shape::set: out_->push_back(']'); break;
    case Shape::call: append_in(&Palette::punct, ")"); break;
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

// Signals, what a set lists, and requests of ioctl are no constants to strace.
bool TextSink::is_plain(std::string_view name) const {
  if (!colored()) return false;
  const bool signal = name.starts_with("SIG") && !name.starts_with("SIG_");
  if (signal || at_->levels.empty()) return signal;
  const auto& here = at_->levels.back();
  const uint8_t shape = here.what & shape_mask;
  return shape == static_cast<uint8_t>(Shape::set) || (ioctl_ && shape == arguments && here.count == 2);
}

// Names and what they leave over. Permission bits are shown also if there are none: `S_IFIFO|000`.
void TextSink::append_names(const Symbols& value) {
  // strace has a text of its own for these: open flags are one constant, modes and signals are none.
  const std::string_view some = value.names.empty() ? std::string_view{} : value.names.front();
  const bool open_flags = value.is_flags && some.starts_with("O_");
  const bool plain = value.base == Base::octal || is_plain(some);
  const bool verbose = options_.constants == Constants::verbose;
  if (open_flags && !verbose && colored()) paint(options_.colors->constant);
  bool first = true;
  for (const std::string_view name : value.names) {
    const bool joined = plain || open_flags;
    if (!first && !joined) append_punct("|");
    if (!first && joined) out_->push_back('|');
    first = false;
    if (joined || (verbose && !name.starts_with("MAP_")))
      out_->append(name);
    else
      append_constant(name);
  }
  append_rest(value, plain || open_flags);
  if (open_flags && !verbose && colored()) paint(options_.colors->argval);
}

void TextSink::append_rest(const Symbols& value, bool plain) {
  if (value.rest == 0 && value.base != Base::octal) return;
  if (plain)
    out_->push_back('|');
  else
    append_punct("|");
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
  if (colored()) paint(options_.colors->comment);
  out_->append(" /* ");
  if (value.names.empty())
    out_->append(value.unknown);
  else
    append_names(value);
  append_colored(&Palette::comment, " */");
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
  if (value.cut) append_punct("...");
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
      append_constant(value.symbol);
    else if (options_.constants == Constants::verbose)
      append_comment(value.symbol);
  }
  append_brackets(value.target);
}

void TextSink::pid(const PidValue& value) {
  before_value();
  base::append_decimal(*out_, value.value);
  if (!value.comm.empty()) out_->append("<").append(value.comm).append(">");
  append_own_pid(*out_, value.own);
}

// `name(a, b)`
bool TextSink::append_call(std::string_view text) {
  const std::size_t open = text.find('(');
  if (!colored() || open == 0 || open == std::string_view::npos || !text.ends_with(')')) return false;
  const auto is_name = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!std::ranges::all_of(text.substr(0, open), is_name)) return false;
  paint(options_.colors->call);
  out_->append(text.substr(0, open));
  append_punct("(");
  std::string_view rest = text.substr(open + 1, text.size() - open - 2);
  while (!rest.empty()) {
    const std::string_view item = rest.substr(0, rest.find(", "));
    rest.remove_prefix(item.size());
    if (item.starts_with("_IO"))
      append_constant(item);
    else
      out_->append(item);
    if (rest.empty()) break;
    append_punct(", ");
    rest.remove_prefix(2);
  }
  append_in(&Palette::punct, ")");
  return true;
}

// Strings inside an expression follow -xx like any other: inet_addr("\x31").
void TextSink::append_expression(std::string_view text) {
  if (options_.hex != base::HexStrings::all && append_call(text)) return;
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
  if (colored()) paint(options_.colors->comment);
  out_->append(" /* ");
  append_expression(text);
  append_colored(&Palette::comment, " */");
}

void TextSink::word(std::string_view text) {
  before_value();
  out_->append(text);
  if (at_->levels.empty()) return;
  const auto shape = static_cast<Shape>(level() & shape_mask);
  if (shape == Shape::flow || shape == Shape::aux) level() |= after_word;
}

void TextSink::comment(std::string_view text) {
  append_comment(text);
}

void TextSink::note(std::string_view text) {
  if (options_.constants != Constants::raw) append_comment(text);
}

void TextSink::changed() {
  append_punct(" => ");
  glued_ = true;
}

void TextSink::joined(char by) {
  append_punct({&by, 1});
  glued_ = true;
}

void TextSink::elided() {
  before_value();
  append_punct("...");
}

void TextSink::unreadable(Address from) {
  before_value();
  out_->append("... /* ");
  base::append_hex(*out_, from.value);
  out_->append(" */");
}

}  // namespace ktrace::output
