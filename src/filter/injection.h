// Rules of tampering (-e inject=, -e fault=): what is done to which invocations of which system calls. Every call has
// at most one rule, the last that named it. Invocations are counted for each call and each thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "filter/sets.h"
#include "ktrace/abi.h"
#include "ktrace/base/ids.h"
#include "ktrace/call.h"

namespace ktrace::filter {

// when=F..L+S
struct When {
  static constexpr uint32_t for_ever = 65535;  // also the highest number that may be given for `first` and `step`
  uint32_t first = 1;
  uint32_t last = for_ever;  // invocations have no such number: they go on for ever
  uint32_t step = 1;         // 0: once

  // `invocation` counts from 1.
  [[nodiscard]] bool hits(uint64_t invocation) const {
    if (invocation < first || (last != for_ever && invocation > last)) return false;
    return step == 0 ? invocation == first : (invocation - first) % step == 0;
  }
};

// @argN=HEX: bytes for the place that an argument points to.
struct Poke {
  static constexpr unsigned most_bytes = 1024;
  unsigned argument = 1;  // from 1
  std::vector<uint8_t> bytes{};
};

struct Injection {
  static constexpr unsigned most_arguments = 7;

  // What the caller gets in the place of what the call would have given; the call is then not made.
  std::optional<int> error{};
  std::optional<uint64_t> retval{};
  // What runs instead: a call without arguments and effects, or nothing. By ABI.
  std::array<uint64_t, abi_count> substitute{no_call, no_call, no_call, no_call};
  std::optional<int> signal{};
  std::optional<Nanoseconds> delay_enter{}, delay_exit{};
  std::vector<Poke> poke_enter{}, poke_exit{};
  When when{};

  static constexpr uint64_t no_call = ~uint64_t{0};

  [[nodiscard]] bool replaces_result() const { return error || retval; }
  // What the caller of the given ABI gets.
  [[nodiscard]] Outcome outcome(Abi abi) const;
};

class Injections {
 public:
  // How often each call was made by one thread.
  using Counts = std::unordered_map<uint32_t, uint64_t>;

  [[nodiscard]] bool empty() const { return rules_.empty(); }
  [[nodiscard]] bool sends_signals() const {
    return std::ranges::any_of(rules_, [](const Injection& rule) { return rule.signal.has_value(); });
  }

  void add(const SyscallSet& calls, Injection rule);

  // Counts this call, which the decoder has identified. The rule, if it is the turn of this invocation.
  const Injection* count(const CallState& call, Counts& counts) const;

 private:
  static constexpr uint32_t no_rule = 0;

  std::vector<Injection> rules_;
  std::vector<uint32_t> by_row_, by_sub_row_;  // 1 + the index of the rule; as spec::rows[] and spec::sub_rows[]
};

}  // namespace ktrace::filter
