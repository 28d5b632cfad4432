// What a descriptor or a process is, in the brackets that follow its number: 3</etc/passwd>, 4</tmp/x>(deleted).
#pragma once

#include <string>
#include <string_view>

#include "ktrace/descriptors.h"

namespace ktrace::output {

inline void append_target(std::string& out, std::string_view target) {
  if (target.empty()) return;
  out.append("<").append(target);
  if (!target.ends_with(deleted_target)) out.push_back('>');
}

}  // namespace ktrace::output
