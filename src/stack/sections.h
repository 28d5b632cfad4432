// Where a section of an ELF file is in memory, by its name. Programs that are linked statically have call frame
// information that no program header leads to: what would use it finds it by other means.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ktrace::stack {

struct Section {
  uint64_t address = 0;
  uint64_t size = 0;
};

// Nothing: the file has no such section, or not in memory, or is no ELF file.
std::optional<Section> find_section(int file, std::string_view name);

}  // namespace ktrace::stack
