// See object_file.h.
#include "stack/object_file.h"

#include <algorithm>
#include <vector>

#include <elfutils/libdwfl.h>
#include <fmt/format.h>
#include <gelf.h>

#include "stack/symbol_index.h"

namespace ktrace::stack {
namespace {

struct DwflEnd {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
};

struct Segment {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t address = 0;
  bool executable = false;
};

// The code of a compilation unit.
struct UnitRange {
  uint64_t begin = 0;
  uint64_t end = 0;
  Dwarf_Die* unit = nullptr;
};

// The debug file of a module, with our own `/` and, if the tracee has another one, with that.
struct DebugFileSearch {
  ObjectPaths paths;
  char* directories = nullptr;  // what libdwfl reads as its search path
  char standard[32] = ":.debug:/usr/lib/debug";
  char beside[8] = ":.debug";
  std::string in_root;

  explicit DebugFileSearch(const ObjectPaths& from)
      : paths(from), directories(standard), in_root(from.root + "/usr/lib/debug") {}
};

int find_debug_file(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base, const char* file,
                    const char* link, GElf_Word crc, char** found) {
  auto& search = *static_cast<DebugFileSearch*>(*userdata);
  const auto find = [&](char* directories, const char* of) {
    search.directories = directories;
    return dwfl_standard_find_debuginfo(module, userdata, name, base, of, link, crc, found);
  };
  int fd = find(search.standard, file);
  if (fd >= 0 || search.paths.root.empty()) return fd;
  fd = find(search.in_root.data(), file);
  return fd >= 0 ? fd : find(search.beside, (search.paths.root + search.paths.path).c_str());
}

std::vector<Segment> read_segments(Elf* elf) {
  std::vector<Segment> segments;
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return segments;
  for (std::size_t i = 0; i < count && i < 65536; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_LOAD) continue;
    segments.push_back({.offset = header.p_offset,
                        .size = header.p_filesz,
                        .address = header.p_vaddr,
                        .executable = (header.p_flags & PF_X) != 0});
  }
  return segments;
}

std::string read_build_id(Dwfl_Module* module) {
  const unsigned char* bits = nullptr;
  GElf_Addr address = 0;
  const int length = dwfl_module_build_id(module, &bits, &address);
  std::string text;
  for (int i = 0; i < std::min(length, 64); i++) text += fmt::format("{:02x}", bits[i]);
  return text;
}

}  // namespace

struct ObjectFile::Impl {
  explicit Impl(const ObjectPaths& paths) : search(paths) {}

  void index_symbols();
  void add_symbol(const GElf_Sym& symbol, GElf_Addr address, GElf_Word section, const char* name);
  void add_exported(Elf* elf);
  void index_units();
  Dwarf_Line* line_by_units(uint64_t address);

  DebugFileSearch search;
  Dwfl_Callbacks callbacks{};
  std::unique_ptr<Dwfl, DwflEnd> dwfl;
  Dwfl_Module* module = nullptr;
  std::vector<Segment> segments;
  std::string build_id;
  SymbolIndex symbols;
  bool has_symbols = false;
  std::vector<UnitRange> units;  // sorted; for files without .debug_aranges
  bool has_units = false;
};

ObjectFile::ObjectFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ObjectFile::~ObjectFile() = default;

std::unique_ptr<ObjectFile> ObjectFile::open(UniqueFd file, const ObjectPaths& paths) {
  auto impl = std::make_unique<Impl>(paths);
  impl->callbacks.find_debuginfo = find_debug_file;
  impl->callbacks.section_address = dwfl_offline_section_address;
  impl->callbacks.debuginfo_path = &impl->search.directories;
  impl->dwfl.reset(dwfl_begin(&impl->callbacks));
  if (!impl->dwfl) return nullptr;
  dwfl_report_begin(impl->dwfl.get());
  // Base 0 with p_vaddr added: every address is what the file says. The descriptor is libdwfl's if that succeeds.
  impl->module = dwfl_report_elf(impl->dwfl.get(), paths.path.c_str(), paths.path.c_str(), file.get(), 0, true);
  if (!impl->module) return nullptr;
  static_cast<void>(file.release());
  dwfl_report_end(impl->dwfl.get(), nullptr, nullptr);
  void** userdata = nullptr;
  dwfl_module_info(impl->module, &userdata, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  *userdata = &impl->search;
  GElf_Addr bias = 0;
  Elf* elf = dwfl_module_getelf(impl->module, &bias);
  if (!elf || bias != 0) return nullptr;
  impl->segments = read_segments(elf);
  if (impl->segments.empty()) return nullptr;
  impl->build_id = read_build_id(impl->module);
  return std::unique_ptr<ObjectFile>(new ObjectFile(std::move(impl)));
}

const std::string& ObjectFile::build_id() const {
  return impl_->build_id;
}

std::optional<uint64_t> ObjectFile::address_of(uint64_t offset) const {
  // What is mapped are whole pages, so that a segment also brings along bytes of its neighbours in the file.
  constexpr uint64_t page = 4096;
  const Segment* best = nullptr;
  int best_fit = 0;
  for (const Segment& segment : impl_->segments) {
    const bool inside = offset >= segment.offset && offset - segment.offset < segment.size;
    const uint64_t first = segment.offset & ~(page - 1);
    const bool on_its_pages = offset >= first && offset - first < segment.size + 2 * page;
    const int fit = (inside ? 4 : on_its_pages ? 2 : 0) + (segment.executable ? 1 : 0);
    if ((inside || on_its_pages) && fit > best_fit) best = &segment, best_fit = fit;
  }
  if (!best) return std::nullopt;
  return offset - best->offset + best->address;
}

void ObjectFile::Impl::add_symbol(const GElf_Sym& symbol, GElf_Addr address, GElf_Word section, const char* name) {
  constexpr std::size_t most = 10'000'000;
  if (!name || name[0] == '\0' || GELF_ST_TYPE(symbol.st_info) != STT_FUNC || section == SHN_UNDEF) return;
  if (address + symbol.st_size <= address || symbols.size() >= most) return;
  symbols.add({.begin = address, .end = address + symbol.st_size, .name = name});
}

// Those that the file exports: libdwfl leaves them out where there is a .symtab.
void ObjectFile::Impl::add_exported(Elf* elf) {
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNSYM || header.sh_entsize == 0) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (!data) continue;
    for (std::size_t i = 1; i < data->d_size / header.sh_entsize; i++) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
      add_symbol(symbol, symbol.st_value, symbol.st_shndx, elf_strptr(elf, header.sh_link, symbol.st_name));
    }
  }
}

// In strace's order: a separate debug file stands for the whole file, else exported names go before .symtab.
void ObjectFile::Impl::index_symbols() {
  has_symbols = true;
  const int count = dwfl_module_getsymtab(module);
  GElf_Addr bias = 0;
  Elf* main = dwfl_module_getelf(module, &bias);
  bool exported_first = false;
  for (int i = 1; i < count; i++) {
    GElf_Sym symbol;
    GElf_Addr address = 0;
    GElf_Word section = 0;
    Elf* from = nullptr;
    const char* name = dwfl_module_getsym_info(module, i, &symbol, &address, &section, &from, nullptr);
    if (i == 1 && from == main) {
      add_exported(main);
      exported_first = true;
    }
    add_symbol(symbol, address, section, name);
  }
  if (!exported_first) add_exported(main);
  symbols.finish();
}

std::optional<FoundSymbol> ObjectFile::find_symbol(uint64_t address) {
  if (!impl_->has_symbols) impl_->index_symbols();
  const SymbolIndex::Entry* entry = impl_->symbols.find(address);
  if (!entry) return std::nullopt;
  return FoundSymbol{.name = entry->name, .offset = address - entry->begin};
}

// What .debug_aranges would say, from the units themselves: clang writes none.
void ObjectFile::Impl::index_units() {
  constexpr std::size_t most = 4'000'000;
  has_units = true;
  Dwarf_Addr bias = 0;
  for (Dwarf_Die* unit = nullptr; (unit = dwfl_module_nextcu(module, unit, &bias)) != nullptr;) {
    Dwarf_Addr base = 0;
    Dwarf_Addr begin = 0;
    Dwarf_Addr end = 0;
    for (ptrdiff_t next = 0; (next = dwarf_ranges(unit, next, &base, &begin, &end)) > 0 && units.size() < most;) {
      if (begin < end) units.push_back({.begin = begin + bias, .end = end + bias, .unit = unit});
    }
  }
  std::stable_sort(units.begin(), units.end(),
                   [](const UnitRange& a, const UnitRange& b) { return a.begin < b.begin; });
}

Dwarf_Line* ObjectFile::Impl::line_by_units(uint64_t address) {
  if (!has_units) index_units();
  auto above = std::upper_bound(units.begin(), units.end(), address,
                                [](uint64_t value, const UnitRange& range) { return value < range.begin; });
  if (above == units.begin() || (--above)->end <= address) return nullptr;
  Dwarf_Addr bias = 0;
  if (!dwfl_module_getdwarf(module, &bias)) return nullptr;
  return dwarf_getsrc_die(above->unit, address - bias);
}

std::optional<FoundLine> ObjectFile::find_line(uint64_t address) {
  const char* file = nullptr;
  int line = 0;
  if (Dwfl_Line* found = dwfl_module_getsrc(impl_->module, address)) {
    file = dwfl_lineinfo(found, nullptr, &line, nullptr, nullptr, nullptr);
  } else if (Dwarf_Line* in_unit = impl_->line_by_units(address)) {
    file = dwarf_linesrc(in_unit, nullptr, nullptr);
    if (dwarf_lineno(in_unit, &line) != 0) line = 0;
  }
  if (!file || line < 0) return std::nullopt;
  return FoundLine{.file = file, .line = static_cast<unsigned>(line)};
}

}  // namespace ktrace::stack
