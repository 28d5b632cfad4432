// Memory that the decoder reuses from call to call, so that nothing is allocated once it is warm: buffers for what is
// fetched from a tracee (a stack, because structures point to structures), the names of a symbol, and short texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

namespace ktrace::decode {

class Scratch {
 public:
  // A buffer on top of the stack, given back at the end of its scope. Its content is undefined until read into.
  class Lease {
   public:
    Lease(Scratch& owner, std::size_t size) : owner_(owner), bytes_(owner.push(size)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { --owner_.depth_; }
    [[nodiscard]] std::span<uint8_t> bytes() const { return bytes_; }

   private:
    Scratch& owner_;
    std::span<uint8_t> bytes_;
  };

  // How many buffers are in use: how deep the pointers at hand are nested.
  [[nodiscard]] std::size_t depth() const { return depth_; }

  std::vector<std::string_view> names;  // of the symbols value being sent

  // Keeps a formatted text until the next clear_texts(); returns where it is kept.
  std::string_view keep(std::string_view text);
  void clear_texts() { used_ = 0; }

 private:
  std::span<uint8_t> push(std::size_t size);

  std::deque<std::vector<uint8_t>> stack_;
  std::size_t depth_ = 0;
  char texts_[512];
  std::size_t used_ = 0;
};

}  // namespace ktrace::decode
