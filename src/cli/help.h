// What -h and -V print.
#pragma once

#include <string>
#include <string_view>

namespace ktrace::cli {

std::string help_text(std::string_view program);
std::string version_text();

}  // namespace ktrace::cli
