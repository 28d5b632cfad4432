// What a process has mapped where, as far as a stack led there: the kernel is asked for one mapping at a time, when
// somebody first wants to know it (query_mapping.h), or, if it is too old to be asked so, for all of them. They are
// kept until a call that changes them was seen (changed()). So a program that loads a thousand libraries costs no more
// than those of them that are on its stacks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
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
  [[nodiscard]] bool is(const Mapping& other) const {
    return begin == other.begin && end == other.end && offset == other.offset && executable == other.executable &&
           deleted == other.deleted && same_file(other);
  }
  [[nodiscard]] bool same_file(const Mapping& other) const {
    return device == other.device && inode == other.inode && path == other.path;
  }
};

// Takes the mark of a deleted file off its path.
void set_path(Mapping& mapping, std::string path);

// One line of /proc/PID/maps. False: it is none.
bool parse_mapping(std::string_view line, Mapping& mapping);

class AddressSpace {
 public:
  // Is told of each mapping of a file's code that was not known.
  using NewCode = std::function<void(const Mapping&)>;
  explicit AddressSpace(NewCode new_code = {}) : new_code_(std::move(new_code)) {}

  // A thread of the process is stopped: by it the kernel is asked from now on. Mappings that were handed out before are
  // good no more.
  void attach(Tid tid);

  // Where ip lies, nullptr: nowhere that is executable.
  const Mapping* find_code(Address ip);
  // The first mapping of the file or object that `part` is a part of: it holds the ELF header, if its offset is 0.
  const Mapping* first_of(const Mapping& part);

  // Changes when what was once said of some code is true no more.
  [[nodiscard]] uint64_t generation() const { return generation_; }
  // The same, of code that is in files.
  [[nodiscard]] uint64_t files_generation() const { return files_generation_; }

  // A call has changed the mapping of this range.
  void changed(Address begin, uint64_t length, bool executable);
  void changed();

  // For tests: all there is.
  void assign(std::string_view maps);

 private:
  using ByBegin = std::map<uint64_t, Mapping>;

  const Mapping* find(uint64_t at);
  const Mapping* known(uint64_t at) const;
  const Mapping* learn(Mapping&& mapping);
  bool forget(uint64_t begin, uint64_t end);
  void read_all();

  NewCode new_code_;
  Tid tid_{-1};
  ByBegin mappings_;
  std::vector<ByBegin::node_type> forgotten_;  // since attach(): somebody may look at them still
  uint64_t generation_ = 1;
  uint64_t files_generation_ = 1;
  bool complete_ = false;  // there is nothing but `mappings_`
  bool missed_ = false;    // somebody was told of a place that there is no code
};

}  // namespace ktrace::stack
