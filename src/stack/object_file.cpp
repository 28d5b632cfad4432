// See object_file.h.
#include "stack/object_file.h"

#include <algorithm>
#include <vector>

#include <elfutils/libdwfl.h>
#include <fmt/core.h>
#include <gelf.h>
#include <unistd.h>

#include "stack/read_row.h"

namespace ktrace::stack {
namespace {

struct DwflEnd {
  void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
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

bool exists(const std::string& path) {
  return access(path.c_str(), F_OK) == 0;
}

std::string read_build_id(Dwfl_Module* module) {
  const unsigned char* bits = nullptr;
  GElf_Addr address = 0;
  const int length = dwfl_module_build_id(module, &bits, &address);
  std::string text;
  for (int i = 0; i < std::min(length, 64); i++) text += fmt::format("{:02x}", bits[i]);
  return text;
}

// Is there anything that libdwfl could find? If not, it would load libcurl for asking servers that we do not want
// asked.
bool may_find(const std::string& root, const std::string& path, std::string link, const std::string& build_id) {
  if (link.find('/') != std::string::npos) return true;  // of .gnu_debugaltlink
  const std::string debug = root + "/usr/lib/debug";
  if (build_id.size() > 2 &&
      exists(fmt::format("{}/.build-id/{}/{}.debug", debug, build_id.substr(0, 2), build_id.substr(2)))) {
    return true;
  }
  const std::size_t slash = std::min(path.rfind('/'), path.size());
  if (link.empty()) link = path.substr(slash + (slash < path.size() ? 1 : 0)) + ".debug";
  std::string folder = path.substr(0, slash);
  if (exists(fmt::format("{}{}/{}", root, folder, link)) || exists(fmt::format("{}{}/.debug/{}", root, folder, link))) {
    return true;
  }
  // /usr/lib/debug/usr/lib/x, and without the first folders of that: /usr/lib/debug/lib/x.
  for (;;) {
    if (exists(fmt::format("{}{}/{}", debug, folder, link))) return true;
    if (folder.empty()) return false;
    const std::size_t next = folder.find('/', 1);
    folder = next == std::string::npos ? std::string() : folder.substr(next);
  }
}

int find_debug_file(Dwfl_Module* module, void** userdata, const char* name, Dwarf_Addr base, const char* file,
                    const char* link, GElf_Word crc, char** found) {
  auto& search = *static_cast<DebugFileSearch*>(*userdata);
  const auto find = [&](char* directories, const char* of) {
    search.directories = directories;
    return dwfl_standard_find_debuginfo(module, userdata, name, base, of, link, crc, found);
  };
  const ObjectPaths& paths = search.paths;
  const std::string link_name = link ? link : "";
  const std::string build_id = read_build_id(module);
  int fd = -1;
  if (may_find("", paths.path, link_name, build_id)) fd = find(search.standard, file);
  if (fd >= 0 || paths.root.empty() || !may_find(paths.root, paths.path, link_name, build_id)) return fd;
  fd = find(search.in_root.data(), file);
  return fd >= 0 ? fd : find(search.beside, (paths.root + paths.path).c_str());
}

bool read_segments(Elf* elf, SymbolTable& table) {
  std::size_t count = 0;
  if (elf_getphdrnum(elf, &count) != 0) return false;
  for (std::size_t i = 0; i < count && i < 65536; i++) {
    GElf_Phdr header;
    if (gelf_getphdr(elf, static_cast<int>(i), &header) == nullptr || header.p_type != PT_LOAD) continue;
    table.add({.offset = header.p_offset,
               .size = header.p_filesz,
               .address = header.p_vaddr,
               .executable = header.p_flags & PF_X});
  }
  return table.has_segments();
}

// The functions in the sections of one type. Libdwfl has the same, but slower.
void read_functions(Elf* elf, GElf_Word type, GElf_Addr bias, SymbolTable& table) {
  constexpr std::size_t most = 10'000'000;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != type || header.sh_entsize == 0) continue;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (!data) continue;
    const std::size_t count = data->d_size / header.sh_entsize;
    for (std::size_t i = 1; i < count && table.function_count() < most; i++) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
      if (GELF_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      if (name && name[0] != '\0') table.add(symbol.st_value + bias, symbol.st_size, name);
    }
  }
}

bool has_section(Elf* elf, std::string_view name) {
  std::size_t names = 0;
  if (elf == nullptr || elf_getshdrstrndx(elf, &names) != 0) return false;
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* const found = elf_strptr(elf, names, header.sh_name);
    if (found != nullptr && name == found) return true;
  }
  return false;
}

}  // namespace

struct ObjectFile::Impl {
  explicit Impl(const ObjectPaths& paths) : search(paths) {}

  void read_symbols();
  void index_units();
  Dwarf_Line* line_by_units(uint64_t address);

  DebugFileSearch search;
  Dwfl_Callbacks callbacks{};
  std::unique_ptr<Dwfl, DwflEnd> dwfl;
  Dwfl_Module* module = nullptr;
  std::string build_id;
  SymbolTable symbols;
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
  if (!read_segments(elf, impl->symbols)) return nullptr;
  impl->build_id = read_build_id(impl->module);
  return std::unique_ptr<ObjectFile>(new ObjectFile(std::move(impl)));
}

const std::string& ObjectFile::build_id() const {
  return impl_->build_id;
}

// Libdwfl knows in which files the symbols are: the file itself, one of debug information, MiniDebugInfo. In strace's
// order a debug file goes before the file, and in the file what it exports goes before the rest.
void ObjectFile::Impl::read_symbols() {
  has_symbols = true;
  GElf_Addr bias = 0;
  Elf* const main = dwfl_module_getelf(module, &bias);
  const int count = dwfl_module_getsymtab(module);
  const int globals = dwfl_module_getsymtab_first_global(module);
  std::vector<Elf*> seen;
  for (const int i : {1, globals - 1, globals, count - 1}) {
    if (i < 1 || i >= count) continue;
    GElf_Sym symbol;
    GElf_Addr address = 0;
    Elf* from = nullptr;
    if (!dwfl_module_getsym_info(module, i, &symbol, &address, nullptr, &from, &bias) || !from) continue;
    if (std::find(seen.begin(), seen.end(), from) != seen.end()) continue;
    seen.push_back(from);
    if (from == main) read_functions(main, SHT_DYNSYM, bias, symbols);
    read_functions(from, SHT_SYMTAB, bias, symbols);
  }
  if (std::find(seen.begin(), seen.end(), main) == seen.end()) read_functions(main, SHT_DYNSYM, 0, symbols);
  symbols.finish();
}

const SymbolTable& ObjectFile::segments() const {
  return impl_->symbols;
}

const SymbolTable& ObjectFile::symbols() {
  if (!impl_->has_symbols) impl_->read_symbols();
  return impl_->symbols;
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

// What is for debuggers is asked only where it is in the file itself, or there is nothing else: libdw would read, and
// decompress, all debugging information first.
std::optional<FrameRow> ObjectFile::find_row(uint64_t address) {
  Dwarf_Addr bias = 0;
  if (Dwarf_CFI* const tables = dwfl_module_eh_cfi(impl_->module, &bias)) {
    auto row = read_row(tables, address - bias);
    if (row || !has_section(dwfl_module_getelf(impl_->module, &bias), ".debug_frame")) return row;
  }
  Dwarf_CFI* const tables = dwfl_module_dwarf_cfi(impl_->module, &bias);
  return read_row(tables, address - bias);
}

}  // namespace ktrace::stack
