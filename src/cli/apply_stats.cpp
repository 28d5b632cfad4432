// Options of the tables and pictures that only ktrace has. A wrong value is answered with what is allowed.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "cli/apply.h"
#include "cli/values.h"

namespace ktrace::cli {
namespace {

using stats::Format;
using stats::What;

template <class Value>
struct Name {
  std::string_view name;
  Value value;
};
constexpr Name<What> tables[] = {{"syscalls", What::syscalls},   {"errors", What::errors},
                                 {"processes", What::processes}, {"threads", What::threads},
                                 {"files", What::files},         {"stacks", What::stacks},
                                 {"blocked", What::blocked},     {"histogram", What::histogram}};
constexpr Name<Format> formats[] = {
    {"text", Format::text}, {"markdown", Format::markdown}, {"csv", Format::csv}, {"json", Format::json}};

constexpr Name<flame::By> weights[] = {
    {"calls", flame::By::calls}, {"time", flame::By::time}, {"bytes", flame::By::bytes}};

template <class Value, std::size_t count>
std::optional<Value> find(const Name<Value> (&names)[count], std::string_view word) {
  for (const auto& name : names)
    if (name.name == word) return name.value;
  return {};
}

Error refuse(std::string_view option, std::string_view value, std::string_view allowed) {
  return {EINVAL, fmt::format("invalid {} argument: '{}' ({})", option, value, allowed)};
}

template <class Value, std::size_t count>
Error refuse_name(const Given& given, std::string_view word, const Name<Value> (&names)[count]) {
  std::string allowed;
  for (const auto& name : names) allowed.append(allowed.empty() ? "" : ", ").append(name.name);
  return refuse(given.spelling, word, "it is one of " + allowed);
}

void note(Request& request, std::string_view option) {
  if (request.needs_tables.empty()) request.needs_tables = option;
}

}  // namespace

Result<void> statistics_of(Request& request, const Given& given) {
  auto& stats = request.options.stats;
  std::vector<What> wanted;
  for (std::string_view rest = given.value;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = rest.substr(0, comma);
    const auto what = find(tables, word);
    if (!what) return refuse_name(given, word, tables);
    if (std::find(wanted.begin(), wanted.end(), *what) == wanted.end()) wanted.push_back(*what);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  stats.given = true;
  stats.what = std::move(wanted);
  return {};
}

Result<void> stats_format(Request& request, const Given& given) {
  const auto format = find(formats, given.value);
  if (!format) return refuse_name(given, given.value, formats);
  request.options.stats.format = *format;
  note(request, "--stats-format");
  return {};
}

Result<void> stats_every(Request& request, const Given& given) {
  constexpr Nanoseconds shortest = std::chrono::milliseconds(1);
  const auto time = parse_long_duration(std::string(given.value));
  if (!time || *time < shortest)
    return refuse(given.spelling, given.value, "it is a time of at least 1ms: a number and h, m, s, ms, us or ns");
  request.options.stats.every = *time;
  request.options.flame.every = *time;
  return {};
}

Result<void> stats_anew(Request& request, const Given& given) {
  static_cast<void>(given);
  request.options.stats.anew = true;
  return {};
}

Result<void> stats_top(Request& request, const Given& given) {
  constexpr int64_t most = 1'000'000;
  const auto count = parse_number(given.value, 1, most);
  if (!count) return refuse(given.spelling, given.value, "it is a number from 1 to 1000000");
  request.options.stats.top = static_cast<std::size_t>(*count);
  note(request, "--top");
  return {};
}

Result<void> flame_file(Request& request, const Given& given) {
  output::Target target = file_or_pipe(given.value);
  if (target.name.empty()) return refuse(given.spelling, given.value, "it is a file, or '|COMMAND'");
  request.options.flame.files.push_back(std::move(target));
  return {};
}

Result<void> flame_by(Request& request, const Given& given) {
  const auto by = find(weights, given.value);
  if (!by) return refuse_name(given, given.value, weights);
  request.options.flame.by = *by;
  request.flame_by_given = true;
  return {};
}

}  // namespace ktrace::cli
