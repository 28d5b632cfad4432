// The ELF objects that a process has mapped, as unwinding needs them: where they lie, and where the sorted table of
// their call frame information is (.eh_frame_hdr). All is read from the tracee's memory, not from files: so it is the
// same for files that have lost their names or lie in other mount namespaces, and for the vDSO, and a file that shrinks
// harms nobody.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ktrace/memory.h"
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
  // The word there. Who reads tables byte by byte is mostly in the page that was read last.
  bool read_word(uint64_t at, uint64_t& value) {
    const uint64_t offset = at - last_begin_;
    if (offset >= last_.size() || last_.size() - offset < sizeof value) {
      std::array<uint8_t, sizeof value> bytes{};
      if (!read_all({at}, bytes)) return false;
      std::memcpy(&value, bytes.data(), sizeof value);
      return true;
    }
    std::memcpy(&value, last_.data() + offset, sizeof value);
    return true;
  }

  [[nodiscard]] std::size_t size() const { return pages_.size(); }
  void clear() {
    pages_.clear();
    last_ = {};
  }

 private:
  Memory* source_ = nullptr;
  std::unordered_map<uint64_t, std::vector<uint8_t>> pages_;
  uint64_t last_begin_ = 0;  // of the page that was read last
  std::span<const uint8_t> last_;
};

// Where an ELF object is, and what its program headers say.
struct Image {
  uint64_t bias = 0;  // what is added to its own addresses
  uint64_t frames = 0;
  uint64_t frames_size = 0;  // PT_GNU_EH_FRAME; 0: there is none
  uint64_t size = 0;         // of what is read-only, from its first byte on
};
// `begin`: where the file's first byte is mapped. Nothing: it is no ELF object.
std::optional<Image> read_image(Memory& memory, Address begin);

struct Module {
  Address begin;     // of its first mapping
  uint64_t end = 0;  // of what is read-only
  // The sorted table of .eh_frame_hdr: where it is, and what its numbers count from.
  uint64_t table = 0;
  uint64_t table_base = 0;
  uint64_t table_entries = 0;
  KeptPages pages;

  [[nodiscard]] bool contains(uint64_t at) const { return begin.value <= at && at < end; }
};

// Those of one process.
class Modules {
 public:
  struct Tracee {
    Tid tid;
    AddressSpace& space;
    Memory& memory;
  };
  // The one that `part`, a mapping of its space, belongs to.
  Module& find(const Tracee& tracee, const Mapping& part);

 private:
  static std::unique_ptr<Module> make(const Tracee& tracee, const Mapping& first);
  void bound_pages();

  uint64_t generation_ = 0;
  std::unordered_map<uint64_t, Module*> by_part_;  // by where a mapping begins
  std::unordered_map<uint64_t, std::unique_ptr<Module>> by_begin_;
  Module none_;  // that code belongs to which is in no file
};

}  // namespace ktrace::stack
