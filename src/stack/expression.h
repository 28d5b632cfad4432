// Evaluates DWARF expressions (DWARF 5, section 2.5) as far as call frames use them: PLT entries, signal frames,
// realigned stacks. A program that loops is given up.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stack/snapshot.h"

namespace ktrace::stack {

// `first`: what the stack holds at the start (the CFA, for register rules). Nothing: it makes no sense, or needs memory
// that cannot be read. Which registers it used is or-ed into `used`.
struct ExpressionInput {
  std::span<const uint64_t> registers;
  std::optional<uint64_t> first;
};
std::optional<uint64_t> evaluate(std::span<const uint8_t> program, const ExpressionInput& input, Snapshot& memory,
                                 uint64_t& used);

}  // namespace ktrace::stack
