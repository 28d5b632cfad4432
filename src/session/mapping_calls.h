// The calls that change which code a process has mapped: what is kept for stacks (src/stack) has to hear of them, also
// of those that are not traced.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ktrace/call.h"
#include "stack/stacks.h"

namespace ktrace::session {

class MappingCalls {
 public:
  enum class Kind : uint8_t { none, map, unmap, protect, move, other };

  MappingCalls();
  [[nodiscard]] Kind find(Abi abi, uint64_t number) const {
    const auto& kinds = kinds_[index(abi)];
    return number < kinds.size() ? kinds[static_cast<std::size_t>(number)] : Kind::none;
  }
  static std::vector<uint32_t> numbers(Abi abi);

  // A call of this kind has returned.
  static void tell(stack::Stacks& stacks, Kind kind, const CallState& call);

 private:
  std::vector<Kind> kinds_[abi_count];
};

}  // namespace ktrace::session
