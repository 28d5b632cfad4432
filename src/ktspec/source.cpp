#include "source.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

namespace ktspec {

bool Sources::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  add(path, std::string(std::istreambuf_iterator<char>(in), {}));
  return true;
}

uint32_t Sources::add(std::string path, std::string text) {
  Source& source = files_.emplace_back();
  source.path = std::move(path);
  source.text = std::move(text);
  const std::string_view all = source.text;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find('\n', at), all.size());
    source.lines.push_back(all.substr(at, end - at));
    at = end + 1;
  }
  return count() - 1;
}

std::string Sources::where(Loc loc) const {
  return files_[loc.file].path + ":" + std::to_string(loc.line);
}

void Diagnostics::error(Loc loc, std::string message) {
  errors_.push_back({loc, std::move(message)});
}

void Diagnostics::print() const {
  std::vector<Error> sorted = errors_;
  std::ranges::stable_sort(sorted, {}, &Error::loc);
  const Error* last = nullptr;
  for (const Error& error : sorted) {
    if (last && last->loc == error.loc && last->message == error.message) continue;
    last = &error;
    const Source& source = sources_[error.loc.file];
    std::fprintf(stderr, "%s:%u:%u: error: %s\n", source.path.c_str(), error.loc.line, error.loc.col,
                 error.message.c_str());
    if (error.loc.line == 0 || error.loc.line > source.lines.size()) continue;
    const std::string line(source.lines[error.loc.line - 1]);
    std::string caret;
    for (size_t k = 0; k + 1 < error.loc.col; ++k) caret += k < line.size() && line[k] == '\t' ? '\t' : ' ';
    std::fprintf(stderr, "%5u | %s\n      | %s^\n", error.loc.line, line.c_str(), caret.c_str());
  }
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  out += text;
  return out += "'";
}

// Levenshtein distance; names are short.
static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1] ? 1u : 0u)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

Suggestion::Suggestion(std::string_view wrong) : wrong_(wrong), distance_(wrong.size() / 3 + 1) {}

void Suggestion::consider(std::string_view candidate) {
  if (candidate.empty() || candidate.size() + distance_ <= wrong_.size() ||
      wrong_.size() + distance_ <= candidate.size())
    return;
  const size_t distance = edit_distance(wrong_, candidate);
  if (distance < distance_ || (distance == distance_ && !best_.empty() && candidate < best_)) {
    distance_ = distance;
    best_ = candidate;
  }
}

std::string Suggestion::text() const {
  return best_.empty() ? "" : "; did you mean " + quoted(best_) + "?";
}

}  // namespace ktspec
