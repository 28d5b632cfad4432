// The part of TextSink that knows about colours. After each coloured piece comes the colour of values, or none outside
// arguments, exactly where strace 7.2 puts them: scripts compare bytes.
#include <algorithm>

#include "output/target.h"
#include "output/text_sink.h"

namespace ktrace::output {

void TextSink::paint(std::string_view sequence) {
  if (!colored()) return;
  out_->append(sequence);
  if (writer_ != nullptr) line_->start += sequence.size();
}

void TextSink::color_off() {
  paint(Palette::off);
}

void TextSink::append_colored(Color color, std::string_view text) {
  if (!colored()) {
    out_->append(text);
    return;
  }
  paint(*options_.colors.*color);
  out_->append(text);
  paint(options_.colors->argval);
}

void TextSink::append_in(Color color, std::string_view text) {
  if (!colored()) {
    out_->append(text);
    return;
  }
  paint(*options_.colors.*color);
  out_->append(text);
  color_off();
}

void TextSink::append_comment(std::string_view text) {
  if (colored()) paint(options_.colors->comment);
  out_->append(" /* ").append(text);
  append_colored(&Palette::comment, " */");
}

// `{eventfd-count=0x5, eventfd-id=1}`
void TextSink::append_fields(std::string_view text) {
  append_punct("{");
  for (std::string_view rest = text.substr(1, text.size() - 2); !rest.empty();) {
    const std::string_view item = rest.substr(0, rest.find(", "));
    rest.remove_prefix(item.size());
    const std::size_t equals = std::min(item.find('='), item.size());
    paint(options_.colors->argname);
    out_->append(item.substr(0, equals));
    append_punct("=");
    out_->append(item.substr(std::min(equals + 1, item.size())));
    if (rest.empty()) break;
    append_punct(", ");
    rest.remove_prefix(2);
  }
  append_punct("}");
}

// `<path>`, and `<char 1:3>` inside of it.
void TextSink::append_brackets(std::string_view target) {
  if (target.empty()) return;
  if (!colored()) return append_target(*out_, target);
  append_punct("<");
  const bool deleted = target.ends_with(deleted_target);
  const std::size_t inner = deleted || !target.ends_with('>') ? std::string_view::npos : target.rfind('<');
  if (target.starts_with('{') && target.ends_with('}')) {
    append_fields(target);
  } else if (inner == std::string_view::npos) {
    out_->append(target);
    if (deleted) return;
  } else {
    out_->append(target.substr(0, inner));
    append_punct("<");
    out_->append(target.substr(inner + 1, target.size() - inner - 2));
    append_punct(">");
  }
  append_punct(">");
}

}  // namespace ktrace::output
