// --tips: a hint about what ktrace can do, printed when it is done.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ktrace::cli {

// What `[[id:]NUMBER|random][,[format:]none|compact|full]` asks for, as it will be printed; empty for the format none;
// nothing: that is no such argument.
std::optional<std::string> tip(std::string_view argument);

}  // namespace ktrace::cli
