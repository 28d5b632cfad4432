// "Did you mean": the known word that is closest to a misspelled one. It stands on a line of its own below the message,
// whose first line stays what strace says.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ktrace::cli {

// The candidate that at most a third of the letters set apart from `word` (a letter too much, too few, other, or two
// swapped); empty: none, or the word is too short to say.
std::string_view closest(std::string_view word, std::span<const std::string_view> candidates);

// For a message of ours that names a wrong value; empty, or "Did you mean 'openat'?".
std::string suggestion(std::string_view message);
// For a word that is no option: "--colums".
std::string option_suggestion(std::string_view word);

}  // namespace ktrace::cli
