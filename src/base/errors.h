// Names and messages of errors (errno(3)), also of those that the kernel keeps to itself and only a tracer sees.
#pragma once

#include <string_view>

namespace ktrace::base {

struct ErrorName {
  std::string_view name{};     // "ENOENT"; empty: there is no such error
  std::string_view message{};  // "No such file or directory"
};

ErrorName error_name(int number);

// ERESTARTSYS and its kin: the kernel will repeat the call or turn the error into EINTR; the result shows as `?`.
bool is_restart(int number);

}  // namespace ktrace::base
