// Buffers keep their capacity; a deque keeps them in place while deeper ones are added.
#include "decode/scratch.h"

#include <algorithm>
#include <cstring>

namespace ktrace::decode {

std::span<uint8_t> Scratch::push(std::size_t size) {
  if (depth_ == stack_.size()) stack_.emplace_back();
  std::vector<uint8_t>& buffer = stack_[depth_++];
  if (buffer.size() < size) buffer.resize(size);
  return {buffer.data(), size};
}

std::string_view Scratch::keep(std::string_view text) {
  const std::size_t size = std::min(text.size(), sizeof texts_ - used_);
  char* at = texts_ + used_;
  std::memcpy(at, text.data(), size);
  used_ += size;
  return {at, size};
}

}  // namespace ktrace::decode
