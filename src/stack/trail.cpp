// See trail.h.
#include "stack/trail.h"

#include <algorithm>

namespace ktrace::stack {
namespace {

// More than that is not read for it.
constexpr uint64_t most_bytes = uint64_t{32} << 10;

}  // namespace

std::size_t Trail::bytes_from(uint64_t sp) const {
  if (frames_.empty()) return 0;
  uint64_t top = frames_.front().sp;
  for (std::size_t i = 0; i < frames_.front().words; ++i) top = std::max(top, words_[i].at);
  return sp < top && top - sp < most_bytes ? static_cast<std::size_t>(top - sp) + sizeof(uint64_t) : 0;
}

void Trail::begin(uint64_t sp, Snapshot& stack) {
  next_ = 0;
  if (bytes_from(sp) == 0) return;
  for (std::size_t word = 0; next_ < frames_.size() && frames_[next_].sp > sp; ++next_) {
    for (; word < frames_[next_].words; ++word) {
      uint64_t value = 0;
      if (!stack.peek(words_[word].at, value) || value != words_[word].value) return;
    }
  }
}

const Trail::Frame* Trail::find(Address ip, uint64_t sp) {
  while (next_ > 0 && frames_[next_ - 1].sp < sp) --next_;
  return next_ > 0 && frames_[next_ - 1].sp == sp && frames_[next_ - 1].ip == ip ? &frames_[next_ - 1] : nullptr;
}

void Trail::keep(std::span<const Frame> own, std::span<const Snapshot::Word> own_words) {
  words_.resize(words_before(next_));
  frames_.resize(next_);
  std::size_t end = own_words.size();
  for (std::size_t i = own.size(); i > 0; --i) {
    const Frame& frame = own[i - 1];
    words_.insert(words_.end(), own_words.begin() + static_cast<std::ptrdiff_t>(frame.words),
                  own_words.begin() + static_cast<std::ptrdiff_t>(end));
    end = frame.words;
    frames_.push_back(frame);
    frames_.back().words = words_.size();
  }
}

void Trail::clear() {
  frames_.clear();
  words_.clear();
  next_ = 0;
}

}  // namespace ktrace::stack
