// What stands at an address of a tracee's code: file, build-id, function and, if wanted, the source line.
//
// Files are the tracee's, so they may be anything: libdw reads them in a process of its own (symbol_server.h), and what
// it answers is kept here: the table of a file's functions, and every frame, so that one seen before costs one look
// into a hash table. What a file was found to be is taken as true until recheck() is called, which is due whenever a
// process got new code: a look at the file then tells whether it still is the same.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "ktrace/base/ids.h"
#include "stack/frame_row.h"
#include "stack/mapping.h"
#include "stack/symbol_table.h"

namespace ktrace::stack {

class SymbolServer;
struct Answer;
struct Question;

// Who knows what call frame information says about code.
class RowSource {
 public:
  // nullptr: nothing. It stays valid until the next call.
  virtual const FrameRow* find_row(Tid tid, const Mapping& mapping, Address at) = 0;

 protected:
  ~RowSource() = default;
};

// Views stay valid as long as Symbols lives.
struct Location {
  std::string_view module{};    // path of the mapping; `[vdso]`; empty: anonymous memory
  std::string_view build_id{};  // in hexadecimal; empty: the file has none, or was not found
  std::string_view symbol{};    // demangled; control characters are escaped (`\33`); empty: none
  std::string_view file{};      // as its compiler wrote it down: often relative; empty: not known, or not asked for
  uint64_t module_address = 0;  // offset of ip in the file (not its virtual address), as strace has it in `[0x...]`
  uint64_t symbol_offset = 0;   // of ip in the function; 0 if there is no symbol
  unsigned line = 0;            // 0: not known
};

// What ip is: of the instruction that runs next, or a return address. The latter may be the first byte behind its
// function (after a call of one that never returns), so that it is looked up one byte before.
enum class Ip : uint8_t { next, returns };

enum class Lines : uint8_t { skip, look_up };

class Symbols final : public RowSource {
 public:
  // Called when no names will come: see SymbolServer.
  using GaveUp = std::function<void(int error)>;
  static constexpr std::size_t most_table_bytes = std::size_t{64} << 20;  // of tables kept at a time
  explicit Symbols(Lines lines = Lines::skip, std::size_t table_bytes = most_table_bytes, GaveUp gave_up = {});
  Symbols(const Symbols&) = delete;
  Symbols& operator=(const Symbols&) = delete;
  ~Symbols();

  // To be called before the first question, to have the other process by then.
  void prepare();
  // Code of this file will probably be asked for: its table is made meanwhile.
  void expect(Tid tid, const Mapping& mapping);
  // Nothing is likely to be asked for.
  void rest();

  const FrameRow* find_row(Tid tid, const Mapping& mapping, Address at) override;
  Location locate(Tid tid, const Mapping& mapping, Address ip, Ip kind = Ip::next);

  // A process may have mapped another file in the place of one known: after execve, mmap of code.
  void recheck() { ++epoch_; }

  [[nodiscard]] std::size_t frame_count() const { return frames_.size(); }
  [[nodiscard]] std::size_t table_bytes() const { return table_bytes_; }

 private:
  struct Row {
    uint64_t end = 0;
    std::optional<FrameRow> row;  // nothing: nothing is known there
  };
  struct Module {
    std::string path;
    std::string build_id;
    uint64_t identity = 0;  // what the server calls the file; 0: none could be opened
    uint64_t epoch = 0;     // when that was last looked at
    bool bad = false;       // the server died of it: ask no more
    bool expected = false;  // its table was asked for by expect(), and not looked at since
    bool big = false;       // its table is too big to be kept here: every place is asked for
    std::optional<SymbolTable> table;
    std::map<uint64_t, Row> rows;  // by the first place in the file that a row is for
  };
  struct Key {
    dev_t device;
    ino_t inode;
    uint64_t offset;  // in the file, the lowest bit of `kind` above it
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Frame {
    Module* module = nullptr;
    Location location;
    std::unique_ptr<Frame> next;  // the same place of a file that has another name or was another file
  };

  std::optional<Answer> ask(const Question& question);
  Module* find_module(const Mapping& mapping, uint64_t hash);
  Module& module_of(Tid tid, const Mapping& mapping);
  void receive_due(const Module* last);
  void learn(Module& module, Answer&& answer);
  void look_at(Module& module, Tid tid, const Mapping& mapping, bool with_table);
  const SymbolTable* table_of(Module& module, Tid tid, const Mapping& mapping);
  void drop_tables(const Module& but);
  void look_up(Frame& frame, Tid tid, const Mapping& mapping, Address ip, Ip kind);
  void ask_place(Frame& frame, Tid tid, const Mapping& mapping, Address at);
  std::string_view keep(std::string_view text);
  std::string_view keep_readable(const char* name);

  Lines lines_;
  std::size_t most_table_bytes_;
  std::unique_ptr<SymbolServer> server_;
  uint64_t epoch_ = 1;
  std::deque<Module> modules_;
  std::unordered_multimap<uint64_t, Module*> modules_by_file_;  // by a mix of device and inode
  std::unordered_map<Key, Frame, KeyHash> frames_;
  std::deque<Module*> due_;        // whose tables were asked for and have not come yet
  std::list<Module*> with_table_;  // the one that got it last stands first
  std::size_t table_bytes_ = 0;
  std::unordered_map<std::string_view, std::string_view> readable_;  // names as written, by mangled ones
  std::unordered_set<std::string_view> texts_;
  std::deque<std::string> text_store_;
  std::size_t text_bytes_ = 0;
};

}  // namespace ktrace::stack
