#include "stack/sections.h"

#include <elf.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace ktrace::stack {
namespace {

constexpr std::size_t most_sections = std::size_t{1} << 16;
constexpr std::size_t most_name_bytes = std::size_t{1} << 20;

bool read_at(int file, uint64_t offset, void* to, std::size_t size) {
  return pread(file, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

template <class Elf, class Header>
std::optional<Section> find_in(int file, std::string_view name) {
  Elf elf;
  if (!read_at(file, 0, &elf, sizeof elf) || elf.e_shentsize != sizeof(Header)) return std::nullopt;
  std::vector<Header> headers(std::min<std::size_t>(elf.e_shnum, most_sections));
  if (headers.empty() || !read_at(file, elf.e_shoff, headers.data(), headers.size() * sizeof(Header)))
    return std::nullopt;
  if (elf.e_shstrndx >= headers.size()) return std::nullopt;
  const Header& names_at = headers[elf.e_shstrndx];
  std::string names(std::min<std::size_t>(names_at.sh_size, most_name_bytes), '\0');
  if (!read_at(file, names_at.sh_offset, names.data(), names.size())) return std::nullopt;
  for (const Header& header : headers) {
    if ((header.sh_flags & SHF_ALLOC) == 0 || header.sh_type == SHT_NOBITS || header.sh_name >= names.size()) continue;
    if (std::string_view{names.c_str() + header.sh_name} == name) return Section{header.sh_addr, header.sh_size};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Section> find_section(int file, std::string_view name) {
  unsigned char ident[EI_NIDENT];
  if (!read_at(file, 0, ident, sizeof ident) || std::memcmp(ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (ident[EI_DATA] != ELFDATA2LSB) return std::nullopt;
  return ident[EI_CLASS] == ELFCLASS32 ? find_in<Elf32_Ehdr, Elf32_Shdr>(file, name)
                                       : find_in<Elf64_Ehdr, Elf64_Shdr>(file, name);
}

}  // namespace ktrace::stack
