// Options of ktrace's own: how long and how much to trace, and processes that are attached by name or by descent.
#include <cctype>
#include <climits>
#include <limits>

#include "cli/apply.h"
#include "cli/values.h"

namespace ktrace::cli {
namespace {

// A whole number of bytes, or of K, M or G of 1024, 1024^2, 1024^3 bytes.
std::optional<uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view units = "KMG";
  uint64_t unit = 1;
  if (!text.empty()) {
    const auto letter = static_cast<char>(std::toupper(static_cast<unsigned char>(text.back())));
    if (const std::size_t power = units.find(letter); power != std::string_view::npos) {
      unit = uint64_t{1} << (10 * (power + 1));
      text.remove_suffix(1);
    }
  }
  const auto most = static_cast<int64_t>(std::numeric_limits<int64_t>::max() / static_cast<int64_t>(unit));
  const auto number = parse_number(text, 1, most);
  if (!number) return {};
  return static_cast<uint64_t>(*number) * unit;
}

}  // namespace

Result<void> run_for(Request& request, const Given& given) {
  const auto time = parse_long_duration(std::string(given.value));
  if (!time) return invalid_argument(given);
  request.options.run_for = *time;
  return {};
}

Result<void> max_output(Request& request, const Given& given) {
  const auto size = parse_size(given.value);
  if (!size) return invalid_argument(given);
  request.options.output.most_bytes = *size;
  return {};
}

Result<void> rotate_output(Request& request, const Given& given) {
  constexpr int64_t most = 1000;
  const auto count = parse_number(given.value, 1, most);
  if (!count) return invalid_argument(given);
  request.options.output.rotate = static_cast<unsigned>(*count);
  return {};
}

Result<void> attach_name(Request& request, const Given& given) {
  if (given.value.empty()) return invalid_argument(given);
  request.attach_names.emplace_back(given.value);
  return {};
}

Result<void> attach_tree(Request& request, const Given& given) {
  const auto pid = parse_number(given.value, 1, INT_MAX);
  if (!pid) return Error{0, "Invalid process id: '" + std::string(given.value) + "'"};
  request.options.attach_trees.push_back(Tgid{static_cast<int>(*pid)});
  return {};
}

}  // namespace ktrace::cli
