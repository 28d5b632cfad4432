// The half of JsonSink that writes values: keys and commas, wrappers, and the typed form of each kind of value.
#include "base/append.h"
#include "output/json_sink.h"
#include "output/json_text.h"

namespace ktrace::output {

// --- structure ---

void JsonSink::open_level(uint8_t what) {
  at_->levels.push_back({.what = what});
}

void JsonSink::insert(std::size_t at, std::string_view text) {
  out().insert(at, text);
}

void JsonSink::argument(std::string_view name) {
  label_.assign(name);
  labelled_ = true;
}

void JsonSink::field(std::string_view name) {
  label_.assign(name);
  labelled_ = !name.empty();
}

void JsonSink::append_key(std::string_view key) {
  json::append_text(out(), key);
  out().push_back(':');
}

// Separator and key. Members without a label are keyed by their position.
void JsonSink::before_value(std::string_view fallback_key) {
  auto& here = level();
  if (here.what & (in_change | in_join)) {
    labelled_ = false;
    return;
  }
  here.what = static_cast<uint8_t>(here.what & ~was_join);
  if (here.what & bare) {
    out().append(R"(,"info)");
    if (here.count > 0) base::append_decimal(out(), here.count + 1);
    out().append("\":");
  } else {
    if (here.count > 0) out().push_back(',');
    if (here.what & object) {
      if (labelled_) {
        append_key(label_);
      } else if (!fallback_key.empty()) {
        append_key(fallback_key);
      } else {
        out().append("\"#");
        base::append_decimal(out(), here.count);
        out().append("\":");
      }
    }
  }
  labelled_ = false;
  ++here.count;
  here.last = static_cast<uint32_t>(out().size());
}

// Closes what changed() and joined() opened around the value.
void JsonSink::after_value() {
  auto& here = level();
  if (here.what & in_join) out().append("]}");
  if (here.what & in_change) out().push_back('}');
  const bool join = here.what & in_join;
  here.what = static_cast<uint8_t>((here.what & ~(in_change | in_join)) | (join ? was_join : 0));
}

void JsonSink::begin(Shape shape, std::string_view name) {
  if (shape == Shape::aux) {
    out().append(R"(,"aux":[)");
    open_level(0);
    return;
  }
  before_value();
  uint8_t what = 0;
  switch (shape) {
    case Shape::structure:
      out().push_back('{');
      what = object;
      break;
    case Shape::set:
      if (name.empty()) {
        out().push_back('[');
      } else {
        out().append(R"({"not":[)");
        what = in_wrapper;
      }
      break;
    case Shape::call:
      out().append(R"({"call":)");
      json::append_text(out(), name);
      out().append(R"(,"args":[)");
      what = in_wrapper;
      break;
    case Shape::array:
    case Shape::flow:
    case Shape::aux: out().push_back('['); break;
  }
  open_level(what);
}

void JsonSink::end() {
  const uint8_t what = level().what;
  out().push_back(what & object ? '}' : ']');
  if (what & in_wrapper) out().push_back('}');
  at_->levels.pop_back();
  labelled_ = false;
  if (!at_->levels.empty()) after_value();
}

// The value before is the first half of a pair.
void JsonSink::changed() {
  auto& here = level();
  if (here.count == 0) return;
  insert(here.last, R"({"entry":)");
  out().append(R"(,"exit":)");
  here.what |= in_change;
}

void JsonSink::joined(char) {
  auto& here = level();
  if (here.count == 0) return;
  if (here.what & was_join) {
    out().resize(out().size() - 2);  // one more member: the list opens again
  } else {
    insert(here.last, R"({"or":[)");
  }
  out().push_back(',');
  here.what = static_cast<uint8_t>((here.what & ~was_join) | in_join);
}

void JsonSink::comment(std::string_view text) {
  auto& here = level();
  if (here.count == 0) return;
  insert(here.last, R"({"value":)");
  out().append(R"(,"comment":)");
  json::append_text(out(), text);
  out().push_back('}');
  here.what = static_cast<uint8_t>(here.what & ~was_join);
}

void JsonSink::elided() {
  labelled_ = false;
  const bool keyed = level().what & object;
  before_value("...");
  out().append(keyed ? "true" : R"({"elided":true})");
  after_value();
}

void JsonSink::unreadable(Address from) {
  labelled_ = false;
  before_value("...");
  out().append(R"({"unreadable":)");
  json::append_address(out(), from.value);
  out().push_back('}');
  after_value();
}

// --- values ---

void JsonSink::append_number(uint64_t value, unsigned width, bool is_signed) {
  if (is_signed) return json::append_signed(out(), static_cast<int64_t>(value));
  json::append_unsigned(out(), width >= 8 ? value : value & ((uint64_t{1} << (width * 8)) - 1));
}

void JsonSink::number(const Number& value) {
  before_value();
  append_number(value.value, value.width, value.is_signed);
  after_value();
}

void JsonSink::symbols(const Symbols& value) {
  before_value();
  out().append(R"({"raw":)");
  out().append(value.sign);
  append_number(value.value, value.width, value.is_signed);
  out().append(R"(,"sym":[)");
  for (std::size_t i = 0; i < value.names.size(); ++i) {
    if (i) out().push_back(',');
    json::append_text(out(), value.names[i]);
  }
  out().push_back(']');
  if (value.rest != 0) {
    out().append(R"(,"rest":)");
    append_number(value.rest, value.width, value.is_signed);
  }
  out().push_back('}');
  after_value();
}

// A plain string if that says everything.
void JsonSink::string(const Bytes& value) {
  if (value.kind == Bytes::Kind::ended && value.bytes.ends_with('\0')) {
    const std::string_view shown = value.bytes.substr(0, value.bytes.size() - 1);
    return string({.bytes = shown, .length = shown.size()});
  }
  before_value();
  const bool text = json::is_utf8(value.bytes);
  if (text && !value.cut) {
    json::append_string(out(), value.bytes);
    return after_value();
  }
  if (text) {
    out().append(R"({"string":)");
    json::append_string(out(), value.bytes);
  } else {
    out().append(R"({"hex":")");
    json::append_hex_digits(out(), value.bytes);
    out().push_back('"');
  }
  if (value.cut) {
    out().append(R"(,"cut":true)");
    if (value.length > value.bytes.size()) {
      out().append(R"(,"length":)");
      json::append_unsigned(out(), value.length);
    }
  }
  out().push_back('}');
  after_value();
}

void JsonSink::address(Address value) {
  before_value();
  json::append_address(out(), value.value);
  after_value();
}

void JsonSink::fd(const FdValue& value) {
  before_value();
  out().append(R"({"fd":)");
  json::append_signed(out(), value.value);
  if (!value.symbol.empty()) {
    out().append(R"(,"sym":)");
    json::append_text(out(), value.symbol);
  }
  if (!value.target.empty()) {
    out().append(R"(,"target":)");
    json::append_text(out(), value.target);
  }
  out().push_back('}');
  after_value();
}

void JsonSink::pid(const PidValue& value) {
  before_value();
  out().append(R"({"pid":)");
  json::append_signed(out(), value.value);
  if (!value.comm.empty()) {
    out().append(R"(,"comm":)");
    json::append_text(out(), value.comm);
  }
  json::append_own_pid(out(), value.own);
  out().push_back('}');
  after_value();
}

void JsonSink::expression(const Expression& value) {
  before_value();
  if (value.plain.empty()) {
    out().append(R"({"raw":)");
    json::append_unsigned(out(), value.raw);
  } else {
    out().append(R"({"value":)");
    json::append_text(out(), value.plain);
  }
  out().append(R"(,"text":)");
  json::append_text(out(), value.text);
  out().push_back('}');
  after_value();
}

void JsonSink::word(std::string_view text) {
  before_value();
  json::append_text(out(), text);
  after_value();
}

}  // namespace ktrace::output
