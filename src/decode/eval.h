// Evaluates the expressions of the descriptions: conditions, counts, limits and parameters, compiled by ktspec to the
// postfix bytecode of src/spec/tables.h. An expression cannot fail: what is not there counts as 0.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "decode/view.h"
#include "spec/tables.h"

namespace ktrace::decode {

inline constexpr unsigned max_params = 8;

// What the names in an expression refer to, apart from the arguments of the call.
struct Frame {
  std::span<const uint8_t> record;            // valid bytes of the structure at hand
  std::array<uint64_t, max_params> params{};  // of the structure, select or view at hand
};

// The value that an expression is about.
struct Subject {
  std::span<const uint8_t> value;  // for `nonzero`
  Address pointer;                 // for `peek`
};

uint64_t evaluate(spec::Code code, const ViewContext& context, const Frame& frame, const Subject& subject = {});

// Conditions: none holds always.
inline bool holds(spec::Code when, const ViewContext& context, const Frame& frame, const Subject& subject = {}) {
  return when == spec::none || evaluate(when, context, frame, subject) != 0;
}

}  // namespace ktrace::decode
