// What the process of symbol_server.h does: answers what stands at an address of a mapping, from the file behind it.
// Of the files seen last a few stay open, so that memory does not grow with the number of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ktrace/base/ids.h"
#include "stack/mapping.h"
#include "stack/object_file.h"
#include "stack/open_mapped.h"

namespace ktrace::stack {

struct Question {
  enum class Want : uint8_t {
    file,   // which file it is, no more
    table,  // all its functions
    place,  // the function and the line at an address
    row,    // what call frame information says about an address
    name,   // nothing of a file: `mangled` as it was written
  };
  Want want = Want::file;
  Tid tid{};
  Mapping mapping{};
  Address at{};  // within the mapping
  std::string mangled{};
  std::span<const uint8_t> image{};  // the object itself, if it is in no file: the vDSO
};

struct Answer {
  uint64_t identity = 0;  // a number for the file in its present state; 0: it could not be opened
  std::string build_id{};
  std::string symbol{};  // demangled
  uint64_t symbol_offset = 0;
  std::string file{};
  uint32_t line = 0;
  std::optional<FrameRow> row{};
  std::vector<uint8_t> table{};  // SymbolTable::pack()
  uint64_t table_size = 0;       // its size, also if it was too big to come along
};

class SymbolReader {
 public:
  explicit SymbolReader(std::size_t most_open = 64) : most_open_(most_open) {}

  Answer answer(const Question& question);
  [[nodiscard]] std::size_t open_count() const { return open_.size(); }

 private:
  struct Opened {
    FileIdentity identity;
    std::unique_ptr<ObjectFile> object;  // nullptr: it is no object file
  };

  Opened& find_or_open(const Question& question);
  Opened& admit(FileIdentity identity, std::unique_ptr<ObjectFile> object);

  std::size_t most_open_;
  std::list<Opened> open_;  // the one used last stands first
};

}  // namespace ktrace::stack
