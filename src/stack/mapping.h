// What a process has mapped where: the lines of /proc/PID/maps (proc(5)) that can matter to a stack, which are those of
// files and of executable memory. A process rarely changes them while it makes many calls, so they are kept until a
// call that can change what is executable was seen (changed()), and are read again only when they are next needed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ktrace/base/ids.h"

namespace ktrace::stack {

struct Mapping {
  Address begin, end;
  uint64_t offset = 0;  // of `begin` in the file
  dev_t device = 0;     // of the file; 0: anonymous memory, the vDSO
  ino_t inode = 0;
  std::string path;         // as the file says (escapes undone), without ` (deleted)`; `[vdso]`; empty: anonymous
  bool executable = false;  // by its permissions
  bool deleted = false;     // the file has lost its name: only /proc/PID/map_files/BEGIN-END still leads to it

  [[nodiscard]] bool contains(Address at) const { return begin.value <= at.value && at.value < end.value; }
  [[nodiscard]] uint64_t first() const { return begin.value; }  // to sort by
  [[nodiscard]] bool same_file(const Mapping& other) const {
    return device == other.device && inode == other.inode && path == other.path;
  }
};

// One line of /proc/PID/maps. False: it is none.
bool parse_mapping(std::string_view line, Mapping& mapping);

class AddressSpace {
 public:
  // Where ip lies, nullptr: nowhere that is executable. Stays valid until the next refresh().
  [[nodiscard]] const Mapping* find_code(Address ip) const;
  // The first mapping of the file or object that `part` is a part of: it holds the ELF header, if its offset is 0.
  [[nodiscard]] const Mapping* first_of(const Mapping& part) const;
  [[nodiscard]] std::span<const Mapping> mappings() const { return mappings_; }  // sorted by address

  // Reads the mappings again if they may have changed. True: it did, and generation() is another.
  bool refresh(Tid tid);
  [[nodiscard]] bool is_stale() const { return dirty_; }
  [[nodiscard]] uint64_t generation() const { return generation_; }

  // A call has changed the mapping of this range. What was not and is not executable matters to nobody here.
  void changed(Address begin, uint64_t length, bool executable);
  void changed() { dirty_ = true; }

  // For tests.
  void assign(std::string_view maps);

 private:
  std::vector<Mapping> mappings_;
  uint64_t generation_ = 0;
  bool dirty_ = true;
};

}  // namespace ktrace::stack
