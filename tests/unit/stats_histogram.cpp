// Percentiles out of buckets against those of the exact durations.
#include "stats/histogram.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace ktrace;
using ktrace::stats::Histogram;

namespace {

// Nearest rank: the shortest that at least `percent` of all do not exceed.
Nanoseconds exact(const std::vector<int64_t>& sorted, double percent) {
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
  return Nanoseconds{sorted[std::max<std::size_t>(rank, 1) - 1]};
}

void check_percentiles(std::vector<int64_t> durations) {
  Histogram histogram;
  for (const int64_t duration : durations) histogram.add(Nanoseconds{duration});
  std::sort(durations.begin(), durations.end());
  for (const double percent : {0.1, 1.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 100.0}) {
    const double wanted = static_cast<double>(exact(durations, percent).count());
    const double got = static_cast<double>(histogram.percentile(percent).count());
    CHECK_MESSAGE(std::abs(got - wanted) <= wanted * 0.01, percent << ": " << got << " for " << wanted);
  }
  CHECK(histogram.most() == Nanoseconds{durations.back()});
  CHECK(histogram.count() == durations.size());
}

// Of read(2) calls of a compiler, as they were recorded, in nanoseconds.
const std::vector<int64_t> recorded = {
    23128, 22714, 24291, 21873, 61403, 25110, 22042,   27456, 23977, 22681, 312077, 24008, 22395, 26730, 23341,
    22107, 22988, 41876, 23654, 22540, 24417, 1048576, 22861, 23005, 25573, 22319,  24732, 23490, 22777, 5120938,
    23212, 22446, 28904, 23768, 22615, 24150, 22930,   87211, 23583, 22263, 25849,  23097, 22702, 24560, 206114372,
};

}  // namespace

TEST_CASE("percentiles of recorded durations are at most 1 % off") {
  check_percentiles(recorded);
}

TEST_CASE("and so are those of durations over ten powers of ten") {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> exponent(0, 10);
  std::vector<int64_t> durations;
  for (int i = 0; i < 20000; ++i) durations.push_back(static_cast<int64_t>(std::pow(10.0, exponent(random))));
  check_percentiles(durations);
}

TEST_CASE("every bucket's middle is at most 1 % off its ends") {
  for (int64_t power = 1; power <= int64_t{1} << 61; power *= 2) {
    for (const int64_t duration : {power - 1, power, power + 1, power + power / 2, power + power / 3}) {
      Histogram histogram;
      histogram.add(Nanoseconds{duration});
      histogram.add(Nanoseconds{duration + duration / 64});  // so that the middle is not cut to the only duration
      histogram.add(Nanoseconds{INT64_MAX});
      const double got = static_cast<double>(histogram.percentile(10).count());
      CHECK(std::abs(got - static_cast<double>(duration)) <= static_cast<double>(duration) * 0.01);
    }
  }
}

TEST_CASE("one duration is all percentiles, none is zero") {
  Histogram histogram;
  CHECK(histogram.percentile(50) == Nanoseconds{});
  histogram.add(Nanoseconds{1234567});
  for (const double percent : {0.0, 1.0, 50.0, 99.0, 100.0})
    CHECK(histogram.percentile(percent) == Nanoseconds{1234567});
  histogram.clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.percentile(99) == Nanoseconds{});
  histogram.add(Nanoseconds{-5});  // a clock that went back
  CHECK(histogram.percentile(99) == Nanoseconds{});
}

TEST_CASE("histograms can be added up") {
  Histogram a, b;
  for (int i = 0; i < 99; ++i) a.add(Nanoseconds{1000});
  b.add(Nanoseconds{50000});
  a.add(b);
  CHECK(a.count() == 100);
  CHECK(a.most() == Nanoseconds{50000});
  CHECK(a.percentile(99) <= Nanoseconds{1010});
}

TEST_CASE("ranges are powers of two, and every duration is in one") {
  Histogram histogram;
  for (const int64_t duration : {int64_t{0}, int64_t{63}, int64_t{64}, int64_t{127}, int64_t{128}, INT64_MAX})
    histogram.add(Nanoseconds{duration});
  CHECK(histogram.range(0).count == 2);
  CHECK(histogram.range(0).to == Nanoseconds{64});
  CHECK(histogram.range(1).count == 2);
  CHECK(histogram.range(1).to == Nanoseconds{128});
  CHECK(histogram.range(2).count == 1);
  CHECK(histogram.range(Histogram::range_count - 1).count == 1);
}
