// Numbers to names: the enums and flags of the descriptions.
#pragma once

#include <cstdint>

#include "decode/scratch.h"
#include "ktrace/abi.h"
#include "ktrace/values.h"
#include "spec/tables.h"

namespace ktrace::decode {

inline std::string_view text(spec::Str offset) {
  return spec::strings + offset;
}

constexpr Base base_of(spec::Format format) {
  return format == spec::Format::decimal ? Base::decimal : format == spec::Format::hex ? Base::hex : Base::octal;
}

// The name of an enum's value on an ABI; empty if it has none.
std::string_view find_name(const spec::Set& set, uint64_t value, Abi abi);

// What `value`, stored in `width` bytes, is called. The names stay valid until the next call with the same scratch.
Symbols symbolize(const spec::Set& set, uint64_t value, unsigned width, Abi abi, Scratch& scratch);

}  // namespace ktrace::decode
