#include "stack/modules.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ktrace::stack {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t most_pages = 256;
constexpr std::size_t most_pages_in_all = 512;  // when another module comes
constexpr std::size_t most_headers = 128;

template <class Header>
bool read_object(Memory& memory, uint64_t at, Header& header) {
  return memory.read_all({at}, {reinterpret_cast<uint8_t*>(&header), sizeof header});
}

template <class Elf, class Program>
std::optional<Image> read_headers(Memory& memory, Address begin) {
  Elf header;
  if (!read_object(memory, begin.value, header) || header.e_phentsize != sizeof(Program)) return std::nullopt;
  Image image;
  std::vector<Program> programs(std::min<std::size_t>(header.e_phnum, most_headers));
  const std::span bytes{reinterpret_cast<uint8_t*>(programs.data()), programs.size() * sizeof(Program)};
  if (!memory.read_all(begin + header.e_phoff, bytes)) return std::nullopt;
  const auto first =
      std::ranges::find_if(programs, [](const Program& p) { return p.p_type == PT_LOAD && p.p_offset < page_size; });
  if (first == programs.end()) return std::nullopt;
  image.bias = begin.value - (uint64_t{first->p_vaddr} - first->p_offset);
  for (const Program& program : programs) {
    if (program.p_type == PT_LOAD && (program.p_flags & PF_W) == 0)
      image.size = std::max(image.size, image.bias + program.p_vaddr + program.p_memsz - begin.value);
    if (program.p_type == PT_GNU_EH_FRAME) {
      image.frames = program.p_vaddr;
      image.frames_size = program.p_memsz;
    }
  }
  return image;
}

// The header that every linker writes: version 1, a pointer of 4 bytes, a count, a table of pairs of 4 bytes that count
// from the header (Linux Standard Base, "Eh_Frame Header").
void read_table_header(Memory& memory, const Image& image, Module& module) {
  std::array<uint8_t, 12> head{};
  const uint64_t at = image.bias + image.frames;
  if (image.frames_size < head.size() || !memory.read_all({at}, head)) return;
  if (head[0] != 1 || (head[1] & 0x07) != 3 || head[2] != 0x03 || head[3] != 0x3b) return;
  uint32_t count = 0;
  std::memcpy(&count, head.data() + 8, sizeof count);
  module.table = at + head.size();
  module.table_base = at;
  module.table_entries = std::min<uint64_t>(count, (image.frames_size - head.size()) / 8);
}

}  // namespace

std::size_t KeptPages::read(Address from, std::span<uint8_t> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const uint64_t at = from.value + done;
    const uint64_t page = at & ~uint64_t{page_size - 1};
    auto found = pages_.find(page);
    if (found == pages_.end()) {
      if (pages_.size() >= most_pages) pages_.clear();
      std::vector<uint8_t> bytes(page_size);
      bytes.resize(source_->read({page}, bytes));
      found = pages_.emplace(page, std::move(bytes)).first;
    }
    const std::size_t offset = static_cast<std::size_t>(at - page);
    last_begin_ = page;
    last_ = found->second;
    if (offset >= found->second.size()) break;
    const std::size_t count = std::min(found->second.size() - offset, to.size() - done);
    std::memcpy(to.data() + done, found->second.data() + offset, count);
    done += count;
  }
  return done;
}

std::optional<Image> read_image(Memory& memory, Address begin) {
  std::array<uint8_t, EI_NIDENT> ident{};
  if (!memory.read_all(begin, ident) || std::memcmp(ident.data(), ELFMAG, SELFMAG) != 0) return std::nullopt;
  if (ident[EI_DATA] != ELFDATA2LSB) return std::nullopt;
  return ident[EI_CLASS] == ELFCLASS32 ? read_headers<Elf32_Ehdr, Elf32_Phdr>(memory, begin)
                                       : read_headers<Elf64_Ehdr, Elf64_Phdr>(memory, begin);
}

std::unique_ptr<Module> Modules::make(const Tracee& tracee, const Mapping& first) {
  auto module = std::make_unique<Module>();
  if (first.offset != 0) return module;
  module->begin = first.begin;
  if (const auto image = read_image(tracee.memory, first.begin)) {
    module->end = module->begin.value + image->size;
    read_table_header(module->pages.from(tracee.memory), *image, *module);
  }
  return module;
}

// What was made of the pages is kept elsewhere: most are not read again.
void Modules::bound_pages() {
  constexpr std::size_t every = 32;
  if (by_begin_.size() % every != 0) return;
  std::size_t pages = 0;
  for (const auto& [begin, module] : by_begin_) pages += module ? module->pages.size() : 0;
  if (pages < most_pages_in_all) return;
  for (const auto& [begin, module] : by_begin_)
    if (module) module->pages.clear();
}

Module& Modules::find(const Tracee& tracee, const Mapping& part) {
  if (part.path.empty()) return none_;
  if (generation_ != tracee.space.files_generation()) {
    generation_ = tracee.space.files_generation();
    by_part_.clear();
    by_begin_.clear();
  }
  Module*& known = by_part_[part.begin.value];
  if (known != nullptr) return *known;
  const Mapping& first = *tracee.space.first_of(part);
  auto& module = by_begin_[first.begin.value];
  if (!module) {
    bound_pages();
    module = make(tracee, first);
  }
  return *(known = module.get());
}

}  // namespace ktrace::stack
