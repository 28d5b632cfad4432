#include "stack/modules.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "stack/bytes.h"
#include "stack/open_mapped.h"
#include "stack/sections.h"

namespace ktrace::stack {
namespace {

constexpr std::size_t page_size = 4096;
constexpr std::size_t most_pages = 256;
constexpr std::size_t most_headers = 128;
constexpr std::size_t most_note_bytes = 4096;
constexpr std::size_t most_shared = 1024;

template <class Header>
bool read_object(Memory& memory, uint64_t at, Header& header) {
  return memory.read_all({at}, {reinterpret_cast<uint8_t*>(&header), sizeof header});
}

std::string find_build_id(Memory& memory, uint64_t at, uint64_t size) {
  std::vector<uint8_t> bytes(static_cast<std::size_t>(std::min<uint64_t>(size, most_note_bytes)));
  bytes.resize(memory.read({at}, bytes));
  ByteReader reader{bytes};
  const auto padded = [](uint64_t length) { return (length + 3) & ~uint64_t{3}; };
  while (!reader.at_end() && !reader.failed()) {
    const auto name_size = reader.fixed<uint32_t>();
    const auto content_size = reader.fixed<uint32_t>();
    const auto type = reader.fixed<uint32_t>();
    const auto name = reader.block(padded(name_size));
    const auto content = reader.block(padded(content_size));
    if (reader.failed() || type != NT_GNU_BUILD_ID || name_size != 4 || std::memcmp(name.data(), "GNU", 4) != 0)
      continue;
    return {reinterpret_cast<const char*>(content.data()), content_size};
  }
  return {};
}

template <class Elf, class Program>
std::optional<Image> read_headers(Memory& memory, Address begin) {
  Elf header;
  if (!read_object(memory, begin.value, header) || header.e_phentsize != sizeof(Program)) return std::nullopt;
  Image image;
  image.word_bytes = sizeof header.e_entry;
  std::vector<Program> programs(std::min<std::size_t>(header.e_phnum, most_headers));
  const std::span bytes{reinterpret_cast<uint8_t*>(programs.data()), programs.size() * sizeof(Program)};
  if (!memory.read_all(begin + header.e_phoff, bytes)) return std::nullopt;
  const auto first =
      std::ranges::find_if(programs, [](const Program& p) { return p.p_type == PT_LOAD && p.p_offset < page_size; });
  if (first == programs.end()) return std::nullopt;
  image.bias = begin.value - (uint64_t{first->p_vaddr} - first->p_offset);
  for (const Program& program : programs) {
    if (program.p_type == PT_GNU_EH_FRAME) {
      image.frames = program.p_vaddr;
      image.frames_size = program.p_memsz;
    } else if (program.p_type == PT_NOTE && image.build_id.empty()) {
      image.build_id = find_build_id(memory, image.bias + program.p_vaddr, program.p_filesz);
    }
  }
  return image;
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

std::shared_ptr<CallFrames> SharedFrames::of(Tid tid, const Image& image, const Mapping& first) {
  std::string key = image.build_id;
  if (!key.empty()) {
    for (const uint64_t part : {uint64_t{first.device}, uint64_t{first.inode}, image.frames})
      key.append(reinterpret_cast<const char*>(&part), sizeof part);
    if (const auto known = by_file_.find(key); known != by_file_.end()) return known->second;
  }
  std::shared_ptr<CallFrames> made;
  if (image.frames_size != 0) {
    made = std::make_shared<CallFrames>(CallFrames::At::header, image.frames, image.frames_size, image.word_bytes);
  } else if (const OpenedFile opened = open_mapped(tid, first); opened.file.valid()) {
    if (const auto section = find_section(opened.file.get(), ".eh_frame"))
      made = std::make_shared<CallFrames>(CallFrames::At::frames, section->address, section->size, image.word_bytes);
  }
  if (by_file_.size() >= most_shared) by_file_.clear();
  if (!key.empty()) by_file_.emplace(std::move(key), made);
  return made;
}

std::unique_ptr<Module> Modules::make(const Tracee& tracee, const Mapping& part) {
  auto module = std::make_unique<Module>();
  const Mapping* const first = tracee.space.first_of(part);
  if (first == nullptr || first->offset != 0) return module;
  module->begin = first->begin;
  module->device = first->device;
  module->inode = first->inode;
  if (const auto image = read_image(tracee.memory, first->begin)) {
    module->bias = image->bias;
    module->frames = tracee.shared.of(tracee.tid, *image, *first);
  }
  return module;
}

Module& Modules::find(const Tracee& tracee, const Mapping& part) {
  const AddressSpace& space = tracee.space;
  const auto mappings = space.mappings();
  if (generation_ != space.generation()) {
    generation_ = space.generation();
    by_mapping_.assign(mappings.size(), nullptr);
    // What is still where it was stays as it is.
    std::erase_if(by_begin_, [&](const auto& entry) {
      const Module& module = *entry.second;
      const auto at = std::ranges::lower_bound(mappings, module.begin.value, {}, &Mapping::first);
      return module.frames == nullptr || at == mappings.end() || at->begin != module.begin ||
             at->device != module.device || at->inode != module.inode;
    });
  }
  const auto index = static_cast<std::size_t>(&part - mappings.data());
  if (by_mapping_[index] != nullptr) return *by_mapping_[index];
  const Mapping* const first = space.first_of(part);
  auto& module = by_begin_[first != nullptr ? first->begin.value : part.begin.value];
  if (!module) module = make(tracee, part);
  return *(by_mapping_[index] = module.get());
}

}  // namespace ktrace::stack
