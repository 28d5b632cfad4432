// How a stack looks, in text and in JSON. A program makes most of its calls from few places, so what was rendered is
// kept by the number of the stack.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "ktrace/stack.h"

namespace ktrace::output {

// ` > /usr/lib/libc.so.6(getppid+0x7) [0xd54f7]`, a line for each frame. A frame without a symbol has `()`, but
// `(+0x0)` in a stack that was taken when its call began: so strace has it.
void append_stack_text(std::string& out, const Stack& stack);
// `[{"ip":"0x7f00","module":"/usr/lib/libc.so.6",...},...]`
void append_stack_json(std::string& out, const Stack& stack);

class RenderedStacks {
 public:
  using Render = void (*)(std::string& out, const Stack& stack);
  explicit RenderedStacks(Render render) : render_(render) {}

  // Valid until the next call.
  const std::string& of(const Stack& stack);

 private:
  Render render_;
  std::unordered_map<uint64_t, std::string> texts_;
  std::size_t bytes_ = 0;
};

// --stack-ids: which stacks a file has in full.
class ShownStacks {
 public:
  // False: this one was shown there before.
  bool add(int file, uint64_t id) { return shown_[file].insert(id).second; }
  void forget(int file) { shown_.erase(file); }

 private:
  std::unordered_map<int, std::unordered_set<uint64_t>> shown_;
};

}  // namespace ktrace::output
