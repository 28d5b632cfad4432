// See statistic.h.
#include "stats/statistic.h"

#include <fmt/core.h>

namespace ktrace::stats {
namespace {

double ratio(double part, double whole) {
  return whole > 0 ? part / whole * 100 : 0;
}

}  // namespace

std::string others_name(uint64_t count) {
  return fmt::format("({} other{})", count, count == 1 ? "" : "s");
}

double percent(Nanoseconds part, Nanoseconds whole) {
  return ratio(static_cast<double>(part.count()), static_cast<double>(whole.count()));
}
double percent(uint64_t part, uint64_t whole) {
  return ratio(static_cast<double>(part), static_cast<double>(whole));
}

}  // namespace ktrace::stats
