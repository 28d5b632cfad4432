// An ELF object as a process has it mapped, with call frame information that a test chooses: headers, .eh_frame_hdr and
// .eh_frame, nothing else. Code is at `code` and above, without any bytes.
#pragma once

#include <elf.h>

#include <cstring>
#include <initializer_list>
#include <vector>

#include "fakes/fake_memory.h"

namespace ktrace::fakes {

using Program = std::vector<uint8_t>;

class ElfImage {
 public:
  static constexpr uint32_t code = 0x1000;

  // `augmentation`: "zR", "zRS".
  struct Function {
    uint32_t begin;
    uint32_t size;
    Program program;
    const char* augmentation = "zR";
    uint8_t return_column = 16;
    int8_t data_alignment = -8;
    Program initial{0x0c, 7, 8, 0x90, 1};  // def_cfa rsp+8, the return address at CFA-8
  };

  explicit ElfImage(std::initializer_list<Function> functions, bool is_64 = true) : is_64_(is_64) {
    bytes_.resize(header_at);
    std::vector<uint32_t> table{};
    uint32_t at = frames_at;
    std::vector<uint8_t> frames;
    for (const Function& function : functions) {
      const uint32_t cie = at;
      std::vector<uint8_t> record{0, 0, 0, 0, 1};
      for (const char* c = function.augmentation; *c; ++c) record.push_back(static_cast<uint8_t>(*c));
      record.insert(record.end(),
                    {0, 1, static_cast<uint8_t>(function.data_alignment & 0x7f), function.return_column, 1, 0x1b});
      record.insert(record.end(), function.initial.begin(), function.initial.end());
      add_record(frames, record);
      const uint32_t fde = frames_at + static_cast<uint32_t>(frames.size());
      record.clear();
      put32(record, fde + 4 - cie);
      put32(record, code + function.begin - (fde + 8));  // relative to itself
      put32(record, function.size);
      record.push_back(0);
      record.insert(record.end(), function.program.begin(), function.program.end());
      add_record(frames, record);
      at = frames_at + static_cast<uint32_t>(frames.size());
      table.push_back(code + function.begin - header_at);
      table.push_back(fde - header_at);
    }
    const std::vector<uint8_t> head{1, 0x1b, 3, 0x3b};
    bytes_.insert(bytes_.end(), head.begin(), head.end());
    put32(bytes_, frames_at - (header_at + 4));
    put32(bytes_, static_cast<uint32_t>(functions.size()));
    for (const uint32_t number : table) put32(bytes_, number);
    header_size_ = static_cast<uint32_t>(bytes_.size()) - header_at;
    bytes_.resize(frames_at);
    bytes_.insert(bytes_.end(), frames.begin(), frames.end());
    is_64_ ? put_headers<Elf64_Ehdr, Elf64_Phdr>() : put_headers<Elf32_Ehdr, Elf32_Phdr>();
    bytes_.resize(code);  // the page of the headers, to its end
  }

  void map(FakeMemory& memory, uint64_t at) const { memory.put(Address{at}, std::span{bytes_}); }
  [[nodiscard]] std::vector<uint8_t>& bytes() { return bytes_; }

  static constexpr uint32_t header_at = 0x200;
  static constexpr uint32_t frames_at = 0x400;

 private:
  static void put32(std::vector<uint8_t>& to, uint32_t number) {
    for (unsigned k = 0; k < 4; ++k) to.push_back(static_cast<uint8_t>(number >> (8 * k)));
  }
  static void add_record(std::vector<uint8_t>& to, const std::vector<uint8_t>& record) {
    put32(to, static_cast<uint32_t>(record.size()));
    to.insert(to.end(), record.begin(), record.end());
  }
  template <class Elf, class Phdr>
  void put_headers() {
    Elf elf{};
    std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
    elf.e_ident[EI_CLASS] = is_64_ ? ELFCLASS64 : ELFCLASS32;
    elf.e_ident[EI_DATA] = ELFDATA2LSB;
    elf.e_phoff = sizeof elf;
    elf.e_phentsize = sizeof(Phdr);
    elf.e_phnum = 2;
    Phdr headers[2]{};
    headers[0].p_type = PT_LOAD;
    headers[0].p_filesz = headers[0].p_memsz = code;
    headers[1].p_type = PT_GNU_EH_FRAME;
    headers[1].p_vaddr = header_at;
    headers[1].p_memsz = header_size_;
    std::memcpy(bytes_.data(), &elf, sizeof elf);
    std::memcpy(bytes_.data() + sizeof elf, headers, sizeof headers);
  }

  bool is_64_;
  uint32_t header_size_ = 0;
  std::vector<uint8_t> bytes_;
};

}  // namespace ktrace::fakes
