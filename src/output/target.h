// What a descriptor or a process is, in the brackets that follow its number: 3</etc/passwd>, 4</tmp/x>(deleted).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ktrace/descriptors.h"

namespace ktrace::output {

inline void append_target(std::string& out, std::string_view target) {
  if (target.empty()) return;
  out.append("<").append(target);
  if (!target.ends_with(deleted_target)) out.push_back('>');
}

// `1 /* 4711 in strace's PID NS */`: scripts know the words.
inline void append_own_pid(std::string& out, int64_t own) {
  if (own != 0) out.append(" /* ").append(std::to_string(own)).append(" in strace's PID NS */");
}

}  // namespace ktrace::output
