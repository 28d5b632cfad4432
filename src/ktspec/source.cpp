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

// The first error at a place is the one to read; others follow from it.
void Diagnostics::error(Loc loc, std::string message) {
  if (std::ranges::find(errors_, loc, &Error::loc) == errors_.end()) errors_.push_back({loc, std::move(message)});
}

void Diagnostics::print() const {
  std::vector<Error> sorted = errors_;
  std::ranges::sort(sorted, {}, &Error::loc);
  for (const Error& error : sorted) {
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

// Insertions, deletions, replacements and exchanges of neighbours. Names are short.
static size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const size_t replaced = cost[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1u : 0u);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
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
