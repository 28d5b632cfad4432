// An ELF file with whatever belongs to it (separate debug files, MiniDebugInfo), opened by libdwfl, which only this
// module includes. Addresses are those of the file itself: no file is loaded anywhere.
//
// libdw is made for good files. What is handed in here from a tracee may crash or stall it, or eat memory: that is why
// it runs in the process of symbol_server.h.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ktrace/base/unique_fd.h"
#include "stack/frame_row.h"
#include "stack/symbol_table.h"

namespace ktrace::stack {

// Where an object file and its debug files are to be found.
struct ObjectPaths {
  std::string path;       // by which its debug files are looked for: dirname(path)/.debug, /usr/lib/debug/dirname(path)
  std::string root = "";  // directory that the tracee sees as `/`, if it is another than ours: /proc/PID/root
};

struct FoundLine {
  std::string_view file;
  unsigned line = 0;
};

class ObjectFile {
 public:
  // nullptr: not an ELF file, or not one that can be mapped.
  static std::unique_ptr<ObjectFile> open(UniqueFd file, const ObjectPaths& paths);
  ~ObjectFile();
  ObjectFile(const ObjectFile&) = delete;
  ObjectFile& operator=(const ObjectFile&) = delete;

  [[nodiscard]] const std::string& build_id() const;
  // Where its parts belong, without any functions.
  [[nodiscard]] const SymbolTable& segments() const;
  // Read at the first call.
  const SymbolTable& symbols();
  std::optional<FoundLine> find_line(uint64_t address);
  // What its call frame information says about the code at an address: that for exceptions, or that for debuggers.
  std::optional<FrameRow> find_row(uint64_t address);

 private:
  struct Impl;
  explicit ObjectFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ktrace::stack
