// --stats=histogram: how long the calls of each kind took, in powers of two.
#pragma once

#include "stats/call_rows.h"
#include "stats/histogram.h"
#include "stats/statistic.h"

namespace ktrace::stats {

class HistogramTable final : public Statistic {
 public:
  explicit HistogramTable(Nanoseconds overhead) : overhead_(overhead) {}

  void call(const Subject& who, const CallState& call) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Counted {
    Nanoseconds wall{};
    Histogram histogram;
  };
  using Entry = CallRows<Counted>::Entry;
  static void append_rows(Table& to, std::string_view name, const Histogram& histogram);

  Nanoseconds overhead_;
  CallRows<Counted> rows_;
};

}  // namespace ktrace::stats
