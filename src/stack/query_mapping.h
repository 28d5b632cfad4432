// Asks the kernel what is mapped at one address of a process: PROCMAP_QUERY of /proc/PID/maps (Linux 6.11, proc(5)),
// which takes as long with sixty thousand mappings as with sixty.
#pragma once

#include <cstdint>

#include "ktrace/base/ids.h"
#include "stack/mapping.h"

namespace ktrace::stack {

enum class Queried : uint8_t { found, none, not_supported };
Queried query_mapping(Tid tid, Address at, Mapping& mapping);

}  // namespace ktrace::stack
