// Strings and their like in a tracee's memory, with strace's rules of what counts as readable.
#pragma once

#include <cstdint>
#include <optional>

#include "decode/scratch.h"
#include "ktrace/memory.h"
#include "ktrace/values.h"

namespace ktrace::decode {

inline constexpr uint64_t no_limit = ~uint64_t{0};
inline constexpr std::size_t path_max = 4096;                // PATH_MAX: the kernel takes no longer path
inline constexpr std::size_t page = 4096;                    // what an extensible structure may at most be
inline constexpr std::size_t block = std::size_t{64} << 10;  // no single read is larger

// Characters up to a NUL, at most `most` of them: reads one more to see whether that is all. Nothing if memory ends
// before either. The bytes lie in `to`, which must have room for `most` + 1.
std::optional<Bytes> read_text(Memory& memory, Address from, std::size_t most, std::span<uint8_t> to);

}  // namespace ktrace::decode
