// --stats=errors: what calls failed with, a row for each call and errno.
#pragma once

#include <cstdint>
#include <map>

#include "stats/call_rows.h"
#include "stats/statistic.h"

namespace ktrace::stats {

class ErrorTable final : public Statistic {
 public:
  void call(const Subject& who, const CallState& call) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Counted {
    uint64_t calls = 0;
    std::map<int64_t, uint64_t> errors;  // by errno: a few, at most 4095 (the kernel's MAX_ERRNO)
  };
  CallRows<Counted> rows_;
};

}  // namespace ktrace::stats
