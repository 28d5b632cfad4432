// Completions for bash, zsh and fish, made from the table of options. What they say lies in src/cli/completions/, for
// installation also where the program that was built cannot run; `ninja completions` makes it anew, and the test
// cli_documents fails until that is done.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.h"

namespace ktrace::cli {

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

// --- what the three are made of ---

// False: the option is refused, it is not offered.
bool is_supported(Apply apply);

// The row that explains the option: itself, or the one whose synopsis begins with its letter, or one that does the
// same.
const Option& explained(const Option& option);

// What the option does, in a few words: the beginning of what --help says.
std::string summary_of(const Option& option);

// The first name in the table for each thing that -e does.
std::vector<Qualifier> offered_qualifiers();

std::vector<std::string_view> words_of(std::string_view text);

}  // namespace ktrace::cli
