// See histogram.h.
#include "stats/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace ktrace::stats {

Histogram::Counters& Histogram::counters(unsigned k) {
  auto& found = ranges_[k];
  if (!found) found = std::make_unique<Counters>();
  return *found;
}

void Histogram::add(Nanoseconds time) {
  time = std::max(time, Nanoseconds{});
  const auto value = static_cast<uint64_t>(time.count());
  unsigned k = 0;
  auto part = static_cast<unsigned>(value);
  if (value >= parts) {
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - bits - 1;
    k = shift + 1;
    part = static_cast<unsigned>(value >> shift) - parts;
  }
  ++counters(k)[part];
  ++count_;
  least_ = std::min(least_, time);
  most_ = std::max(most_, time);
}

void Histogram::add(const Histogram& other) {
  for (unsigned k = 0; k < range_count; ++k) {
    if (!other.ranges_[k]) continue;
    Counters& own = counters(k);
    for (unsigned part = 0; part < parts; ++part) own[part] += (*other.ranges_[k])[part];
  }
  count_ += other.count_;
  least_ = std::min(least_, other.least_);
  most_ = std::max(most_, other.most_);
}

void Histogram::clear() {
  for (auto& range : ranges_)
    if (range) range->fill(0);
  count_ = 0;
  least_ = Nanoseconds::max();
  most_ = {};
}

Nanoseconds Histogram::middle(unsigned k, unsigned part) const {
  if (k == 0) return Nanoseconds{part};
  const uint64_t width = uint64_t{1} << (k - 1);
  const auto value = static_cast<int64_t>((parts + part) * width + width / 2);
  return std::clamp(Nanoseconds{value}, least_, most_);
}

Nanoseconds Histogram::percentile(double percent) const {
  if (count_ == 0) return {};
  const auto rank = static_cast<uint64_t>(std::ceil(percent / 100 * static_cast<double>(count_)));
  const uint64_t wanted = std::clamp<uint64_t>(rank, 1, count_);
  if (wanted == count_) return most_;
  uint64_t seen = 0;
  for (unsigned k = 0; k < range_count; ++k) {
    if (!ranges_[k]) continue;
    for (unsigned part = 0; part < parts; ++part) {
      seen += (*ranges_[k])[part];
      if (seen >= wanted) return middle(k, part);
    }
  }
  return most_;
}

Histogram::Range Histogram::range(unsigned k) const {
  const uint64_t counted = ranges_[k] ? std::accumulate(ranges_[k]->begin(), ranges_[k]->end(), uint64_t{0}) : 0;
  if (k == 0) return {.from = {}, .to = Nanoseconds{parts}, .count = counted};
  const int64_t from = int64_t{parts} << (k - 1);
  const bool last = k + 1 == range_count;
  return {.from = Nanoseconds{from}, .to = last ? Nanoseconds::max() : Nanoseconds{2 * from}, .count = counted};
}

}  // namespace ktrace::stats
