// What libdw says of the frame of code at an address: only in the process of symbol_server.h, see object_file.h.
#pragma once

#include <optional>

#include <elfutils/libdw.h>

#include "stack/frame_row.h"

namespace ktrace::stack {

// Nothing: the tables do not have the address, or make no sense there.
std::optional<FrameRow> read_row(Dwarf_CFI* tables, Dwarf_Addr address);

}  // namespace ktrace::stack
