// See stack_counts.h.
#include "stats/stack_counts.h"

#include <algorithm>
#include <utility>

#include "base/quote.h"

namespace ktrace::stats {
namespace {

constexpr std::string_view beyond_limit = "[frames beyond the limit]";

// A name is cut between its characters.
void append_name(std::string& out, std::string_view name) {
  const bool cut = name.size() > StackCounts::longest_name;
  if (cut) {
    std::size_t end = StackCounts::longest_name;
    while (end > 0 && (static_cast<uint8_t>(name[end]) & 0xc0) == 0x80) --end;
    name = name.substr(0, end);
  }
  base::append_harmless(out, name);
  if (cut) out.append("...");
}

bool is_execve(const CallState& call) {
  return call.name == "execve" || call.name == "execveat";
}

// PR_SET_NAME; it counts for what the thread was called before.
bool may_rename(const CallState& call) {
  return call.name == "prctl";
}

}  // namespace

void StackCounts::Counted::add(const Counted& other) {
  calls += other.calls;
  errors += other.errors;
  bytes += other.bytes;
  time += other.time;
}

StackCounts::StackCounts(Tasks& tasks, Nanoseconds overhead, Bounds bounds)
    : tasks_(&tasks), overhead_(overhead), bounds_(bounds) {
  start();
}

// The root, and the leaf of what goes beyond the bounds.
void StackCounts::start() {
  nodes_.push_back({.name = add_name("")});
  nodes_.push_back({.name = add_name(others)});
}

uint32_t StackCounts::add_name(std::string_view text) {
  const auto id = static_cast<uint32_t>(names_.size());
  name_ids_.emplace(names_.emplace_back(text), id);
  name_bytes_ += text.size();
  return id;
}

std::optional<uint32_t> StackCounts::find_name(std::string_view text) {
  if (const auto known = name_ids_.find(text); known != name_ids_.end()) return known->second;
  if (full()) return std::nullopt;
  return add_name(text);
}

std::optional<uint32_t> StackCounts::name_of(const Frame& frame) {
  text_.clear();
  if (!frame.symbol.empty()) {
    append_name(text_, frame.symbol);
  } else if (frame.mapped) {
    std::string_view file = frame.module.substr(frame.module.rfind('/') + 1);  // npos + 1 is 0
    if (file.starts_with('[') && file.ends_with(']')) file = file.substr(1, file.size() - 2);
    text_.push_back('[');
    append_name(text_, file);
    text_.push_back(']');
  } else {
    text_ = "[unknown]";
  }
  return find_name(text_);
}

std::optional<uint32_t> StackCounts::find_child(uint32_t parent, uint32_t name, Kind kind) {
  const uint64_t key = uint64_t{parent} << 32 | uint64_t{name} << 2 | static_cast<uint64_t>(kind);
  if (const auto known = children_.find(key); known != children_.end()) return known->second;
  if (full()) return std::nullopt;
  const auto made = static_cast<uint32_t>(nodes_.size());
  nodes_.push_back({.parent = parent, .name = name, .kind = kind});
  children_.emplace(key, made);
  return made;
}

StackCounts::Program& StackCounts::look_up_program(Tgid process) {
  Program& program = programs_[process.value];
  tasks_->name(Tid{process.value}, text_);
  if (text_.empty()) return program;  // it is gone: it keeps the name that is known
  program.name.clear();
  append_name(program.name, text_);
  return program;
}

// An execve was made by the program before; the one that starts the command has a stack of what it started.
std::optional<uint32_t> StackCounts::program_of(const Subject& who, const CallState& call, bool at_entry) {
  const auto known = programs_.find(who.tgid.value);
  Program& program = known != programs_.end() ? known->second : look_up_program(who.tgid);
  const bool by_other = at_entry && !program.before.empty() && is_execve(call);
  const std::string& name = by_other ? program.before : program.name;
  const auto found = find_name(name.empty() ? std::string_view("[unknown]") : name);
  program.before.clear();
  return found;
}

void StackCounts::executed(const Subject& who) {
  std::string before = programs_[who.tgid.value].name;
  look_up_program(who.tgid).before = std::move(before);
}

void StackCounts::added(const Subject& who) {
  if (!programs_.contains(who.tgid.value)) look_up_program(who.tgid);
}

void StackCounts::removed(const Subject& who) {
  if (pending_.tid == who.tid) pending_ = {};
  if (who.tid.value == who.tgid.value) programs_.erase(who.tgid.value);
}

void StackCounts::stack(const Subject& who, const Stack& stack) {
  pending_ = {.tid = who.tid, .id = stack.id, .at_entry = stack.at_entry};
  if (frames_.contains(stack.id) || full()) return;
  if (kept_frames_ + stack.frames.size() > bounds_.kept_frames) {
    frames_.clear();
    kept_frames_ = 0;
  }
  std::vector<uint32_t>& names = frames_[stack.id];
  names.reserve(stack.frames.size() + 1);
  if (stack.end == Stack::End::limit)
    if (const auto name = find_name(beyond_limit)) names.push_back(*name);
  for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame)
    if (const auto name = name_of(**frame)) names.push_back(*name);
  kept_frames_ += names.size();
}

std::optional<uint32_t> StackCounts::find_leaf(const Key& key) {
  if (const auto known = leaves_.find(key); known != leaves_.end()) return known->second;
  auto node = find_child(0, key.program, Kind::program);
  if (key.stack != 0) {
    const auto names = frames_.find(key.stack);
    if (names == frames_.end()) return std::nullopt;  // it came when all was full
    for (const uint32_t name : names->second)
      if (node) node = find_child(*node, name, Kind::frame);
  }
  if (node) node = find_child(*node, key.call, Kind::call);
  if (!node) return std::nullopt;
  if (leaves_.size() >= bounds_.nodes) leaves_.clear();
  leaves_.emplace(key, *node);
  return node;
}

uint32_t StackCounts::leaf(const Subject& who, const CallState& call) {
  const Pending pending = pending_.tid == who.tid ? pending_ : Pending{};
  pending_ = {};
  const auto program = program_of(who, call, pending.at_entry);
  const auto name = find_name(call.name);
  std::optional<uint32_t> found;
  if (program && name) found = find_leaf({.stack = pending.id, .program = *program, .call = *name});
  if (may_rename(call)) look_up_program(who.tgid);
  return found.value_or(1);
}

void StackCounts::call(const Subject& who, const CallState& call) {
  Counted& counted = nodes_[leaf(who, call)].own;
  ++counted.calls;
  if (call.outcome.is_error) ++counted.errors;
  counted.bytes += call.bytes_moved;
  counted.time += std::max(call.left - call.entered - overhead_, Nanoseconds{});
}

void StackCounts::lost(const Subject& who, const CallState& call) {
  if (call.name == "exit" || call.name == "exit_group") return no_stack();
  Counted& counted = nodes_[leaf(who, call)].own;
  ++counted.calls;
  counted.time += std::max(call.left - call.entered - overhead_, Nanoseconds{});
}

void StackCounts::clear() {
  nodes_.clear();
  children_.clear();
  name_ids_.clear();
  names_.clear();
  name_bytes_ = 0;
  frames_.clear();
  kept_frames_ = 0;
  leaves_.clear();
  pending_ = {};
  start();
}

}  // namespace ktrace::stats
