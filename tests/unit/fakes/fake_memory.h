// A tracee's memory made of pieces at chosen addresses; everything else is unmapped.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string_view>
#include <vector>

#include "ktrace/memory.h"

namespace ktrace::fakes {

class FakeMemory : public Memory {
 public:
  void put(Address at, std::span<const uint8_t> bytes) { pieces_[at.value].assign(bytes.begin(), bytes.end()); }
  void put(Address at, std::string_view bytes) { pieces_[at.value].assign(bytes.begin(), bytes.end()); }

  std::size_t read(Address from, std::span<uint8_t> to) override {
    std::size_t done = 0;
    while (done < to.size()) {
      const uint64_t at = from.value + done;
      auto piece = pieces_.upper_bound(at);
      if (piece == pieces_.begin()) break;
      --piece;
      const uint64_t offset = at - piece->first;
      if (offset >= piece->second.size()) break;
      const std::size_t n = std::min<std::size_t>(piece->second.size() - offset, to.size() - done);
      std::memcpy(to.data() + done, piece->second.data() + offset, n);
      done += n;
    }
    return done;
  }

 private:
  std::map<uint64_t, std::vector<uint8_t>> pieces_;
};

}  // namespace ktrace::fakes
