// The ELF objects that a process has mapped, as unwinding needs them: where they lie, and their call frames. Those of
// one file are shared by all processes; a file that was built anew has another build-id.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "ktrace/memory.h"
#include "stack/cfi.h"
#include "stack/mapping.h"

namespace ktrace::stack {

// Memory that does not change while it stays mapped, read page by page and kept.
class KeptPages final : public Memory {
 public:
  // `source` is where from until the next call.
  KeptPages& from(Memory& source) {
    source_ = &source;
    return *this;
  }
  std::size_t read(Address from, std::span<uint8_t> to) override;

 private:
  Memory* source_ = nullptr;
  std::unordered_map<uint64_t, std::vector<uint8_t>> pages_;
};

// Where an ELF object is, and what its program headers say.
struct Image {
  uint64_t bias = 0;  // what is added to its own addresses
  uint64_t frames = 0;
  uint64_t frames_size = 0;  // PT_GNU_EH_FRAME; 0: there is none
  unsigned word_bytes = 8;
  std::string build_id;
};
// `begin`: where the file's first byte is mapped. Nothing: it is no ELF object.
std::optional<Image> read_image(Memory& memory, Address begin);

struct Module {
  std::shared_ptr<CallFrames> frames;  // nullptr: there are none
  uint64_t bias = 0;
  Address begin;  // of its first mapping
  dev_t device = 0;
  ino_t inode = 0;
  KeptPages pages;
};

// What all processes share.
class SharedFrames {
 public:
  // nullptr: the file has none.
  std::shared_ptr<CallFrames> of(Tid tid, const Image& image, const Mapping& first);

 private:
  std::unordered_map<std::string, std::shared_ptr<CallFrames>> by_file_;
};

// Those of one process.
class Modules {
 public:
  struct Tracee {
    Tid tid;
    const AddressSpace& space;
    Memory& memory;
    SharedFrames& shared;
  };
  // The one that `part`, a mapping of its space, belongs to.
  Module& find(const Tracee& tracee, const Mapping& part);

 private:
  static std::unique_ptr<Module> make(const Tracee& tracee, const Mapping& part);

  uint64_t generation_ = 0;
  std::vector<Module*> by_mapping_;  // by the index of the mapping
  std::unordered_map<uint64_t, std::unique_ptr<Module>> by_begin_;
};

}  // namespace ktrace::stack
