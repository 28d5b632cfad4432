// Calls counted by where they came from: a tree whose paths are a program, the functions of the stack from the
// outermost to the innermost, and the system call. --stats=stacks lists its leaves, --flame draws it.
//
// Stacks come with a number (--stack-ids), so that one seen before costs a look into a hash table and no allocation. A
// program can have as many stacks as it likes: beyond a bound those not seen before are counted together.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ktrace/call.h"
#include "ktrace/sink.h"
#include "ktrace/tasks.h"

namespace ktrace::stats {

class StackCounts {
 public:
  struct Bounds {
    std::size_t nodes = std::size_t{1} << 18;
    std::size_t name_bytes = std::size_t{32} << 20;
    std::size_t kept_frames = std::size_t{1} << 20;  // of stacks that are known by their number
  };
  static constexpr std::size_t longest_name = 512;
  static constexpr std::string_view others = "[other stacks]";

  struct Counted {
    uint64_t calls = 0;
    uint64_t errors = 0;
    uint64_t bytes = 0;  // read or written
    Nanoseconds time{};
    void add(const Counted& other);
  };
  enum class Kind : uint8_t { program, frame, call, note };
  // Parents come before their children.
  struct Node {
    uint32_t parent = 0;
    uint32_t name = 0;
    Kind kind = Kind::note;
    Counted own{};  // only leaves have some
  };

  // `tasks` must outlive it. `overhead`: taken off the time of every call.
  StackCounts(Tasks& tasks, Nanoseconds overhead) : StackCounts(tasks, overhead, Bounds{}) {}
  StackCounts(Tasks& tasks, Nanoseconds overhead, Bounds bounds);

  void stack(const Subject& who, const Stack& stack);  // of the call that ends next
  void no_stack() { pending_ = {}; }                   // it was not the stack of a call
  void call(const Subject& who, const CallState& call);
  void lost(const Subject& who, const CallState& call);  // calls that end their thread do not count
  void added(const Subject& who);
  void executed(const Subject& who);
  void removed(const Subject& who);
  void clear();

  // The first is the root: it has no name, and is its own parent.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  // Harmless (base/quote.h); of a frame the function, else `[FILE]`, else `[unknown]`.
  [[nodiscard]] std::string_view name(const Node& node) const { return names_[node.name]; }

 private:
  struct Pending {
    Tid tid{};
    uint64_t id = 0;
    bool at_entry = false;
  };
  struct Program {
    std::string name{};
    std::string before{};  // what it was called until it called the execve that has yet to return
  };
  struct Key {
    uint64_t stack;
    uint32_t program;
    uint32_t call;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>((key.stack * 0x9e37'79b9'7f4a'7c15) ^ (uint64_t{key.program} << 32 | key.call));
    }
  };

  [[nodiscard]] bool full() const { return nodes_.size() >= bounds_.nodes || name_bytes_ >= bounds_.name_bytes; }
  uint32_t add_name(std::string_view text);
  std::optional<uint32_t> find_name(std::string_view text);
  std::optional<uint32_t> name_of(const Frame& frame);
  std::optional<uint32_t> find_child(uint32_t parent, uint32_t name, Kind kind);
  Program& look_up_program(Tgid process);
  std::optional<uint32_t> program_of(const Subject& who, const CallState& call, bool at_entry);
  std::optional<uint32_t> find_leaf(const Key& key);
  uint32_t leaf(const Subject& who, const CallState& call);
  void start();

  Tasks* tasks_;
  Nanoseconds overhead_;
  Bounds bounds_;
  std::vector<Node> nodes_;
  std::unordered_map<uint64_t, uint32_t> children_;  // by parent, name and kind
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, uint32_t> name_ids_;
  std::size_t name_bytes_ = 0;
  std::unordered_map<int, Program> programs_;                   // of processes that live
  std::unordered_map<uint64_t, std::vector<uint32_t>> frames_;  // names by the number of a stack, outermost first
  std::size_t kept_frames_ = 0;
  std::unordered_map<Key, uint32_t, KeyHash> leaves_;
  Pending pending_;
  std::string text_;
};

}  // namespace ktrace::stats
