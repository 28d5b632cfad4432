// A tracee that a fuzzer made up: pieces of memory in the lowest and in the highest 64 KiB of its addresses (so that
// pointers are short, and some wrap), and descriptors that are whatever their number says.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "input.h"
#include "ktrace/descriptors.h"
#include "ktrace/memory.h"

namespace ktrace::fuzz {

class FuzzMemory : public Memory {
 public:
  struct Piece {
    uint16_t at;
    std::span<const uint8_t> bytes;
  };
  enum class Nature : uint8_t {
    pieces,    // what is in no piece is not mapped
    endless,   // every address above the first page can be read: the pieces, again and again, `most_of_endless` in all
    changing,  // as pieces, but another thread writes to it all the time
  };
  static constexpr std::size_t largest_read = std::size_t{1} << 20;  // a buffer of directory entries is read as a whole
  static constexpr std::size_t most_reads = 100000;
  static constexpr std::size_t most_of_endless = std::size_t{1} << 15;  // more of the same would only cost time

  explicit FuzzMemory(Nature nature) : nature_(nature) {}

  // Later ones hide earlier ones.
  void put(Piece piece) { pieces_.push_back(piece); }

  std::size_t read(Address from, std::span<uint8_t> to) override {
    if (to.size() > largest_read) fail("a huge read", {});
    if (++reads_ > most_reads) fail("reads without end", {});
    std::size_t done = 0;
    while (done < to.size()) {
      const std::size_t piece = read_piece(from.value + done, to.subspan(done));
      if (piece == 0) break;
      done += piece;
      bytes_ += piece;
    }
    if (nature_ == Nature::changing && done != 0) to[reads_ * 7 % done] ^= static_cast<uint8_t>(reads_);
    return done;
  }

 private:
  std::size_t read_piece(uint64_t at, std::span<uint8_t> to) const {
    const bool endless = nature_ == Nature::endless && at >= 0x1000 && bytes_ < most_of_endless;
    if (endless) at &= 0xffff;
    // The end of the address space, of 64 bits and of 32.
    if (at >= ~uint64_t{0xffff} || (at >= 0xffff0000 && at <= 0xffffffff)) at &= 0xffff;
    for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece) {
      const uint64_t offset = at - piece->at;
      if (at < piece->at || offset >= piece->bytes.size()) continue;
      const std::size_t count = std::min<std::size_t>(piece->bytes.size() - offset, to.size());
      std::memcpy(to.data(), piece->bytes.data() + offset, count);
      return count;
    }
    if (!endless) return 0;
    const std::size_t count = std::min<std::size_t>(64, to.size());
    std::memset(to.data(), static_cast<int>(at & 0x41), count);
    return count;
  }

  Nature nature_;
  std::size_t reads_ = 0;
  std::size_t bytes_ = 0;
  std::vector<Piece> pieces_;
};

class FuzzDescriptors : public Descriptors {
 public:
  explicit FuzzDescriptors(bool shown) : shown_(shown) {}

  std::string_view describe(int fd) override {
    if (!shown_ || fd < 0) return {};
    return fd % 3 == 0 ? "/tmp/x>(deleted)" : fd % 3 == 1 ? "socket:[17]" : "/dev/null<char 1:3>";
  }
  std::string_view describe_cwd() override { return shown_ ? "/root" : ""; }
  std::string_view describe_of(int, int fd) override { return describe(fd); }
  int pid_of(int pidfd) override { return pidfd % 4 == 0 ? -1 : pidfd; }
  PidNames describe_pid(int pid, PidKind kind) override {
    return {.comm = shown_ && kind == PidKind::process ? "sh" : "", .own = shown_ ? pid & 0xfff : 0};
  }
  std::string_view namespace_of(int, std::string_view name) override {
    text_.assign(name).append(":[4026531840]");
    return text_;
  }
  std::string_view path(int fd) override { return fd % 2 == 0 ? "/etc/passwd" : ""; }
  std::string_view cwd() override { return "/root"; }
  Socket socket(int fd) override { return {fd & 63, fd >> 6 & 31}; }
  std::string_view interface_name(unsigned index) override { return index < 3 ? "l\x1b\"o" : ""; }

 private:
  bool shown_;
  std::string text_;
};

}  // namespace ktrace::fuzz
