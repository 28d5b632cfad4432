// Questions and answers as bytes, for symbol_server.h. Both ends are the same program; still, what comes back from a
// process that read hostile files is checked, not believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stack/symbol_reader.h"

namespace ktrace::stack {

inline constexpr std::size_t longest_message = 160 * 1024;  // a packet socket takes that by default
inline constexpr std::size_t largest_image = 64 * 1024;
inline constexpr std::size_t largest_table = std::size_t{32} << 20;
inline constexpr std::size_t longest_text = 48 * 1024;

std::vector<uint8_t> pack(const Question& question);
std::vector<uint8_t> pack(const Answer& answer);  // without its table, which goes as a file; and without texts too long

// Nothing: malformed. The image of a question stays in `bytes`.
std::optional<Question> unpack_question(std::span<const uint8_t> bytes);
std::optional<Answer> unpack_answer(std::span<const uint8_t> bytes);

}  // namespace ktrace::stack
