// The outer frames of the walk that a process's thread made last, with everything that they depended on. A program goes
// in and out at the inner end of its stack: as soon as the next walk comes to a frame that was there before, with the
// registers that a function keeps for its caller as they were, and the words of the stack that were read from there on
// are the same, so is the rest of the walk.
//
// Of walks that led through signal frames or code that libunwind does not know nothing is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ktrace/base/ids.h"
#include "stack/native_unwinder.h"
#include "stack/snapshot.h"

namespace ktrace::stack {

class Trail {
 public:
  struct Frame {
    Address ip;  // a return address
    uint64_t sp = 0;
    NativeUnwinder::Kept kept{};
    std::size_t words = 0;  // of the snapshot's, that were read before its caller was looked for
  };

  // How much of the stack is needed to compare it with what is kept. 0: nothing is, of this stack.
  [[nodiscard]] std::size_t bytes_from(uint64_t sp) const;

  // A walk begins: finds out which of the frames are as they were.
  void begin(uint64_t sp, Snapshot& stack);
  // The kept frame at this place, if there is one. Places are to be asked for from the inside out.
  const Frame* find(Address ip, uint64_t sp);
  // The walk went on as before from the frame that was found: the words it depends on count as read, and `outer` is
  // called with the return addresses from that frame on.
  template <class Outer>
  void follow(Snapshot& stack, Outer outer) const {
    for (std::size_t i = next_; i > 0; --i) outer(frames_[i - 1].ip);
    for (std::size_t i = 0; i < words_before(next_); ++i) stack.note(words_[i]);
  }

  // Keeps the frames that the walk found itself, innermost first, before those that it followed. `own_words`: what it
  // had read when it began to follow.
  void keep(std::span<const Frame> own, std::span<const Snapshot::Word> own_words);
  // The walk is none that can be kept.
  void clear();

 private:
  [[nodiscard]] std::size_t words_before(std::size_t frame) const { return frame == 0 ? 0 : frames_[frame - 1].words; }

  // Outermost first, so that the inner ones can go. In these `words` counts those of the frame and all before it.
  std::vector<Frame> frames_;
  std::vector<Snapshot::Word> words_;
  std::size_t next_ = 0;  // frames that may still be found
};

}  // namespace ktrace::stack
