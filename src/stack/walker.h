// Finds the callers of a stopped thread's code, frame by frame: by libunwind, if the code is of ktrace's own ABI and
// its module has a table of call frame information in memory; else by the rows that libdw reads out of its file; else
// by the frame pointer (code of a just-in-time compiler, hand-written assembly).
//
// A return address points behind the call, which may be the end of its function: rows are looked up for the byte before
// it, except for the innermost frame and one that a signal interrupted.
#pragma once

#include <vector>

#include "ktrace/registers.h"
#include "stack/modules.h"
#include "stack/native_unwinder.h"
#include "stack/snapshot.h"
#include "stack/symbols.h"
#include "stack/trail.h"

namespace ktrace::stack {

struct Walk {
  struct Caller {
    Address ip;
    bool exact = false;  // the next instruction, not a return address
  };
  std::vector<Caller> callers;  // innermost first
  bool cut = false;             // there are more than the limit
  uint64_t used = 0;            // the registers that it depended on, a bit each
};

class Walker {
 public:
  // What is kept of a process.
  struct Process {
    Modules& modules;
    NativeUnwinder& native;
    Trail& trail;
  };
  Walker(const Modules::Tracee& tracee, const Process& process, RowSource& rows, Snapshot& stack)
      : tracee_(tracee),
        modules_(process.modules),
        native_(process.native),
        trail_(process.trail),
        rows_(rows),
        stack_(stack) {}

  // Writes over `walk`.
  void run(const UnwindRegisters& registers, std::size_t limit, Walk& walk);

 private:
  enum class Step : uint8_t { done, ended, unknown };
  Step step(Address at);
  bool follow_trail(Walk& walk);
  void note_frame();
  void keep_trail(const Walk& walk);
  Step natively(Module& module, Address at);
  Step by_row(const Mapping& mapping, Address at);
  Step by_frame_pointer();
  bool apply(const FrameRow& row);
  std::optional<uint64_t> evaluate(const FrameRow& row, const FrameRow::Expression& what, std::optional<uint64_t> cfa);
  uint64_t use(uint64_t number);
  [[nodiscard]] uint64_t narrowed(uint64_t value) const {
    return stack_.word_bytes() == 4 ? value & 0xffff'ffff : value;
  }
  [[nodiscard]] bool progressed(uint64_t sp, uint64_t ip) const;

  Modules::Tracee tracee_;
  Modules& modules_;
  NativeUnwinder& native_;
  Trail& trail_;
  RowSource& rows_;
  Snapshot& stack_;
  UnwindRegisters now_;
  uint64_t initial_ = 0;  // registers that hold what they held at first
  uint64_t used_ = 0;
  // The frame at hand is one of `native_`: `now_` has but its ip.
  bool in_native_ = false;
  bool after_signal_ = false;      // the frame at hand was interrupted by a signal
  bool plain_ = true;              // all frames so far were those of libunwind, none was interrupted
  std::vector<Trail::Frame> own_;  // the frames so far, but for the innermost; as long as `plain_`
  std::size_t own_words_ = 0;      // words that were read to find them
};

}  // namespace ktrace::stack
