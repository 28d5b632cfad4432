#include "format.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace ktspec {
namespace {

struct Line {
  std::string text;        // without indentation
  size_t column = 0;       // of the writer
  size_t depth = 0;        // open braces before it
  bool continues = false;  // inside parentheses that an earlier line opened
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The part of a line before its comment.
std::string_view code_of(std::string_view line) {
  char quote = 0;
  for (size_t k = 0; k < line.size(); ++k) {
    const char c = line[k];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || (c == '\'' && k + 2 < line.size() && line[k + 2] == '\'')) {
      quote = c;
    } else if (c == '#') {
      return line.substr(0, k);
    }
  }
  return line;
}

std::vector<Line> split(std::string_view text) {
  std::vector<Line> out;
  size_t depth = 0;
  size_t parens = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Line line;
    while (!raw.empty() && std::isspace(static_cast<unsigned char>(raw.back())) != 0) raw.remove_suffix(1);
    for (; !raw.empty() && (raw[0] == ' ' || raw[0] == '\t'); raw.remove_prefix(1))
      line.column += raw[0] == '\t' ? 8 - line.column % 8 : 1;
    line.text = raw;
    line.continues = parens > 0;
    const std::string_view code = code_of(raw);
    line.depth = depth - (code.starts_with("}") && depth > 0 ? 1 : 0);
    for (char c : code) {
      if (c == '{') ++depth;
      if (c == '}' && depth > 0) --depth;
      if (c == '(' || c == '[') ++parens;
      if ((c == ')' || c == ']') && parens > 0) --parens;
    }
    out.push_back(std::move(line));
  }
  return out;
}

// Continued lines move with the line that they continue.
void indent(std::vector<Line>& lines) {
  size_t from = 0;
  size_t to = 0;
  for (Line& line : lines) {
    if (line.continues) {
      line.column = line.column + to > from ? line.column + to - from : 0;
      continue;
    }
    from = line.column;
    to = 2 * line.depth;
    // A line of no depth that the writer indented goes on from the one before: `class`, `-> TYPE`.
    if (line.depth == 0 && from > 0 &&
        (line.text.starts_with("class") || line.text.starts_with("->") || line.text.starts_with("by ")))
      to = from;
    line.column = to;
  }
}

// Where `NAME =` or `NAME :` has its operator, if the line declares one thing only.
size_t operator_at(const Line& line) {
  const std::string_view code = code_of(line.text);
  size_t at = 0;
  while (at < code.size() && is_word(code[at])) ++at;
  const size_t name = at;
  while (at < code.size() && code[at] == ' ') ++at;
  if (name == 0 || line.continues || line.depth == 0 || at >= code.size() || (code[at] != '=' && code[at] != ':'))
    return 0;
  const std::string_view rest = code.substr(at + 1);
  return rest.find(code[at] == '=' ? " = " : " : ") == std::string_view::npos ? at : 0;
}

size_t name_length(const Line& line) {
  size_t out = 0;
  while (out < line.text.size() && is_word(line.text[out])) ++out;
  return out;
}

void align(std::vector<Line>& lines) {
  for (size_t first = 0; first < lines.size();) {
    const size_t at = operator_at(lines[first]);
    size_t last = first + 1;
    if (at == 0) {
      first = last;
      continue;
    }
    const char sign = lines[first].text[at];
    size_t widest = name_length(lines[first]);
    bool aligned = true;  // by the writer
    for (; last < lines.size() && lines[last].depth == lines[first].depth; ++last) {
      const size_t other = operator_at(lines[last]);
      if (other == 0 || lines[last].text[other] != sign) break;
      widest = std::max(widest, name_length(lines[last]));
      aligned &= other == at;
    }
    if (aligned) first = last;
    for (; first < last; ++first) {
      std::string& text = lines[first].text;
      const size_t name = name_length(lines[first]);
      text.replace(name, operator_at(lines[first]) - name, std::string(widest - name + 1, ' '));
    }
  }
}

}  // namespace

std::string format(std::string_view text) {
  std::vector<Line> lines = split(text);
  indent(lines);
  align(lines);
  std::string out;
  bool blank = true;
  for (const Line& line : lines) {
    if (line.text.empty() && blank) continue;
    blank = line.text.empty();
    if (!blank) out += std::string(line.column, ' ') + line.text;
    out += '\n';
  }
  while (out.size() > 1 && out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace ktspec
