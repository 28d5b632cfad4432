// Evaluates the expressions of a FrameRow (DWARF 5, section 2.5) as far as call frames use them: an offset from a
// register or from the frame's address, PLT entries, signal frames, realigned stacks. None of those jumps, so that
// whatever the tables say, it ends with the last operation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stack/frame_row.h"
#include "stack/snapshot.h"

namespace ktrace::stack {

struct ExpressionInput {
  std::span<const uint64_t> registers;
  std::optional<uint64_t> cfa;
};

enum class Wanted : uint8_t {
  value,     // what the expression computes is wanted itself
  register_  // what stands at the place that the expression computes, unless it says that it is a value or a register
};

// Nothing: it makes no sense, or needs memory that cannot be read. Which registers it used is or-ed into `used`.
std::optional<uint64_t> evaluate(std::span<const Operation> operations, Wanted wanted, const ExpressionInput& input,
                                 Snapshot& memory, uint64_t& used);

}  // namespace ktrace::stack
