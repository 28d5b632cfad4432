// Frames of a made-up stack, in the form that a Stack refers to them.
#pragma once

#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "ktrace/stack.h"

namespace ktrace::fakes {

class Frames {
 public:
  Frames(std::initializer_list<Frame> frames) : Frames(std::vector(frames)) {}
  explicit Frames(std::vector<Frame> frames) : frames_(std::move(frames)) {
    for (const Frame& frame : frames_) pointers_.push_back(&frame);
  }
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;
  ~Frames() = default;

  operator std::span<const Frame* const>() const { return pointers_; }

 private:
  std::vector<Frame> frames_;
  std::vector<const Frame*> pointers_;
};

}  // namespace ktrace::fakes
