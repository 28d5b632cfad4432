// The canonical layout of a .ksd file: indentation by braces, aligned `=` and `:` in neighbouring lines, no blanks at
// the end. Line breaks and comments stay as the writer set them.
#pragma once

#include <string>
#include <string_view>

namespace ktspec {

std::string format(std::string_view text);

}  // namespace ktspec
