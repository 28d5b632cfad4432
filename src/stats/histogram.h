// Durations in buckets whose width grows with them: each power of two is cut into 64 (as in HdrHistogram). What comes
// out, the middle of a bucket, is at most 1/128 off, however long or short the durations are. Memory is taken for the
// powers of two that occur: 512 bytes each, so a call that takes from 1 us to 1 s costs 10 KiB.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "ktrace/base/ids.h"

namespace ktrace::stats {

class Histogram {
 public:
  void add(Nanoseconds time);
  void add(const Histogram& other);
  void clear();  // keeps its memory

  [[nodiscard]] uint64_t count() const { return count_; }
  [[nodiscard]] Nanoseconds most() const { return most_; }

  // The shortest duration that at least `percent` of all do not exceed; 0 if there are none.
  [[nodiscard]] Nanoseconds percentile(double percent) const;

  // Durations from `from` (included) to `to` (excluded): 0 to 64 ns, then a power of two each.
  struct Range {
    Nanoseconds from;
    Nanoseconds to;
    uint64_t count;
  };
  static constexpr unsigned range_count = 58;
  [[nodiscard]] Range range(unsigned k) const;

 private:
  static constexpr unsigned bits = 6;
  static constexpr unsigned parts = 1u << bits;
  using Counters = std::array<uint64_t, parts>;

  Counters& counters(unsigned k);
  [[nodiscard]] Nanoseconds middle(unsigned k, unsigned part) const;

  std::array<std::unique_ptr<Counters>, range_count> ranges_;
  uint64_t count_ = 0;
  Nanoseconds least_ = Nanoseconds::max();
  Nanoseconds most_{};
};

}  // namespace ktrace::stats
