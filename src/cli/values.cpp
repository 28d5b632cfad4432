// See values.h.
#include "cli/values.h"

#include <cerrno>
#include <cmath>
#include <cstdlib>

#include <strings.h>

namespace ktrace::cli {
namespace {

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<int64_t> parse_number(std::string_view text, int64_t lowest, int64_t highest) {
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  const long long value = strtoll(copy.c_str(), &end, 10);
  if (errno != 0 || end == copy.c_str() || *end != '\0' || value < lowest || value > highest) return {};
  return value;
}

std::optional<output::Precision> parse_precision(std::string_view text) {
  using output::Precision;
  if (same_word(text, "s")) return Precision::s;
  if (same_word(text, "ms")) return Precision::ms;
  if (same_word(text, "us")) return Precision::us;
  if (same_word(text, "ns")) return Precision::ns;
  return {};
}

std::optional<Nanoseconds> parse_duration(const std::string& text) {
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  static constexpr Unit units[] = {{"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"s", 1e9}, {"", 1e3}};
  std::string number = text;
  double nanoseconds = 1;
  for (const Unit& unit : units) {
    if (!ends_with(text, unit.name)) continue;
    number.resize(text.size() - unit.name.size());
    nanoseconds = unit.nanoseconds;
    break;
  }
  // strtod(3) knows more than we want: hexadecimal, infinity, NaN.
  const std::size_t digits = number.find_first_not_of(" \t\n\v\f\r");
  if (digits == std::string::npos || number.find_first_not_of("0123456789.eE+-", digits) != std::string::npos)
    return {};
  char* end = nullptr;
  errno = 0;
  static_cast<void>(strtoll(number.c_str(), &end, 10));
  if (*end == '\0' && errno == ERANGE) return {};  // without a fraction it has to fit
  const double value = strtod(number.c_str(), &end);
  if (end == number.c_str() || *end != '\0' || value < 0) return {};
  constexpr double most = 9e18;  // what the type can hold
  return Nanoseconds(static_cast<int64_t>(std::fmin(value * nanoseconds, most)));
}

std::optional<Nanoseconds> parse_long_duration(std::string text) {
  int64_t factor = 1;
  if (text.ends_with('m') || text.ends_with('h')) {
    factor = text.back() == 'm' ? 60 : 3600;
    text.back() = 's';
  } else if (!text.ends_with('s')) {
    text.push_back('s');
  }
  const auto time = parse_duration(text);
  if (!time || time->count() <= 0 || time->count() > std::numeric_limits<int64_t>::max() / 2 / factor) return {};
  return *time * factor;
}

output::Target file_or_pipe(std::string_view name) {
  using Kind = output::Target::Kind;
  if (name.empty() || (name.front() != '|' && name.front() != '!'))
    return {.kind = Kind::file, .name = std::string(name)};
  return {.kind = Kind::pipe, .name = std::string(name.substr(1)), .mark = name.front()};
}

Error invalid_argument(const Given& given) {
  return {EINVAL,
          std::string("invalid ").append(given.spelling).append(" argument: '").append(given.value).append("'")};
}

}  // namespace ktrace::cli
