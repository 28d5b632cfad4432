// glibc's regcomp(3) copies what is repeated: a+ has two copies of a, a{9} nine, and each `+` behind another doubles
// all before it. Forty signs would then take all memory, so that a pattern is measured before it is compiled.
#include "filter/regex.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ktrace::filter {
namespace {

constexpr uint64_t most_copies = 1 << 16;

// How much glibc would copy of the last atom, and of all before it in the same parentheses.
struct Level {
  uint64_t done = 0, last = 0;

  void add(uint64_t atom) {
    done = std::min(done + last, most_copies);
    last = atom;
  }
  void repeat(uint64_t times) { last = std::min(last * std::min(times, most_copies) + 1, most_copies); }
};

std::size_t end_of_bracket(std::string_view pattern, std::size_t at) {
  std::size_t k = at + 1;
  if (k < pattern.size() && pattern[k] == '^') k++;
  if (k < pattern.size() && pattern[k] == ']') k++;
  return std::min(pattern.find(']', k), pattern.size() - 1);
}

// The number of an interval such as {9} (a set is split at commas before its patterns are read), and where it ends.
uint64_t read_interval(std::string_view pattern, std::size_t& at) {
  uint64_t number = 0;
  while (++at < pattern.size() && pattern[at] >= '0' && pattern[at] <= '9')
    number = std::min(number * 10 + static_cast<uint64_t>(pattern[at] - '0'), most_copies);
  return std::max<uint64_t>(number, 1);
}

bool is_too_big(std::string_view pattern) {
  std::vector<Level> levels(1);
  for (std::size_t k = 0; k < pattern.size(); k++) {
    switch (pattern[k]) {
      case '(': levels.emplace_back(); break;
      case ')':
        if (levels.size() > 1) {
          Level inner = levels.back();
          inner.add(0);
          levels.pop_back();
          levels.back().add(inner.done + 1);
        }
        break;
      case '+': levels.back().repeat(2); break;
      case '*':
      case '?': levels.back().repeat(1); break;
      case '{': levels.back().repeat(read_interval(pattern, k)); break;
      case '[':
        levels.back().add(1);
        k = end_of_bracket(pattern, k);
        break;
      case '\\': k++; [[fallthrough]];
      default: levels.back().add(1);
    }
  }
  return std::any_of(levels.begin(), levels.end(), [](Level level) {
    level.add(0);
    return level.done >= most_copies;
  });
}

}  // namespace

Regex::Regex(const std::string& pattern)
    : status_(is_too_big(pattern) ? REG_ESIZE : regcomp(&regex_, pattern.c_str(), REG_EXTENDED | REG_NOSUB)) {}

Regex::~Regex() {
  if (status_ == 0) regfree(&regex_);
}

bool Regex::matches(std::string_view name) const {
  return regexec(&regex_, std::string(name).c_str(), 0, nullptr, 0) == 0;
}

std::string Regex::problem() const {
  if (status_ == 0) return {};
  char text[256];
  regerror(status_, &regex_, text, sizeof text);
  return text;
}

}  // namespace ktrace::filter
