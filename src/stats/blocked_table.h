// --stats=blocked: where threads wait. Of the time from entry to exit of a call a part is spent on a CPU and the rest
// blocked: waiting for somebody, for a disk, for its turn. A second table says where the whole life of the threads
// went.
#pragma once

#include <unordered_map>

#include "stats/call_rows.h"
#include "stats/statistic.h"

namespace ktrace::stats {

class BlockedTable final : public Statistic {
 public:
  void call(const Subject& /*who*/, const CallState& call) override { count(call); }
  void lost(const Subject& who, const CallState& call) override;
  void added(const Subject& who, Tid parent, Nanoseconds when) override;
  void removed(const Subject& who, Nanoseconds when) override;
  void renamed(const Subject& who, Tid before) override;
  void ran(Tid tid, Nanoseconds cpu) override;
  void append(std::vector<Table>& to, std::optional<std::size_t> top, Nanoseconds now) override;
  void reset(Nanoseconds now) override;

 private:
  struct Counted {
    uint64_t calls = 0;
    Nanoseconds blocked{};
    Nanoseconds running{};
  };
  using Entry = CallRows<Counted>::Entry;
  void count(const CallState& call);
  [[nodiscard]] Table lives(Nanoseconds blocked, Nanoseconds now) const;

  CallRows<Counted> rows_;
  std::unordered_map<Tid, Nanoseconds> since_;  // threads that live
  Nanoseconds lived_{};                         // of those that are gone
  Nanoseconds ran_{};
};

}  // namespace ktrace::stats
