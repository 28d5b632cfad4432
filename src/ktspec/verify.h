// C11 files that hold the described values and layouts against system headers. Not part of ktrace: a test compiles
// them.
#pragma once

#include <string>

#include "layout.h"

namespace ktspec {

// Writes DIR/ABI/HEADER.c for every header that is named; false if it cannot.
bool write_verification(const Program& program, Layout& layout, const Sources& sources, const std::string& directory);

}  // namespace ktspec
