// What the process of symbol_server.h does: answers what stands at an address of a mapping, from the file behind it.
// Of the files seen last a few stay open, so that memory does not grow with the number of files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>

#include "ktrace/base/ids.h"
#include "stack/mapping.h"
#include "stack/object_file.h"
#include "stack/open_mapped.h"

namespace ktrace::stack {

struct Question {
  Tid tid;
  Mapping mapping;
  Address at;                        // within the mapping; 0: only what file it is
  bool lines = false;                // source lines are wanted
  std::span<const uint8_t> image{};  // the object itself, if it is in no file: the vDSO
};

struct Answer {
  uint64_t identity = 0;  // a number for the file in its present state; 0: it could not be opened
  std::string build_id{};
  uint64_t address = 0;  // in the file, by its program headers
  std::string symbol{};
  uint64_t symbol_offset = 0;
  std::string file{};
  uint32_t line = 0;
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
