#include "stack/snapshot.h"

#include <algorithm>
#include <cstring>

namespace ktrace::stack {
namespace {

constexpr std::size_t first_bytes = 2048;
constexpr std::size_t more_bytes = 8192;
constexpr std::size_t most_bytes = std::size_t{256} << 10;

}  // namespace

void Snapshot::begin(Memory& memory, uint64_t stack_pointer, unsigned word_bytes, std::size_t bytes) {
  memory_ = &memory;
  word_bytes_ = word_bytes;
  words_.clear();
  base_ = stack_pointer;
  bytes = bytes == 0 ? first_bytes : std::min(bytes, most_bytes);
  if (bytes_.size() < bytes) bytes_.resize(bytes);
  filled_ = memory.read({base_}, std::span{bytes_}.first(bytes));
}

// What follows on the piece that is there is added to it, if it is near; else the piece is another from now on.
bool Snapshot::extend(uint64_t at) {
  const uint64_t behind = base_ + filled_;
  if (at < behind || at - behind > more_bytes || filled_ + 2 * more_bytes > most_bytes) {
    base_ = at;
    filled_ = 0;
  }
  const std::size_t wanted = static_cast<std::size_t>(at - (base_ + filled_)) + more_bytes;
  if (bytes_.size() < filled_ + wanted) bytes_.resize(filled_ + wanted);
  filled_ += memory_->read({base_ + filled_}, std::span{bytes_}.subspan(filled_, wanted));
  return at - base_ < filled_ && filled_ - (at - base_) >= word_bytes_;
}

bool Snapshot::peek(uint64_t at, uint64_t& value) {
  const uint64_t offset = at - base_;
  if (!(offset < filled_ && filled_ - offset >= word_bytes_)) {
    if (!extend(at)) return false;
  }
  value = 0;
  std::memcpy(&value, bytes_.data() + (at - base_), word_bytes_);
  return true;
}

bool Snapshot::read(uint64_t at, uint64_t& value) {
  if (!peek(at, value)) return false;
  if (words_.empty() || words_.back().at != at) words_.push_back({at, value});
  return true;
}

}  // namespace ktrace::stack
