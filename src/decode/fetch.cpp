// A string is read in two steps: most are short, and a read of a whole page costs more than a second small one.
#include "decode/fetch.h"

#include <algorithm>
#include <cstring>

namespace ktrace::decode {

std::optional<Bytes> read_text(Memory& memory, Address from, std::size_t most, std::span<uint8_t> to) {
  const std::size_t room = std::min(most + 1, to.size());
  std::size_t have = 0;
  std::size_t step = 256;
  const char* begin = reinterpret_cast<const char*>(to.data());
  while (have < room) {
    const std::size_t wanted = std::min(step, room - have);
    const std::size_t got = memory.read(from + have, to.subspan(have, wanted));
    if (const void* nul = std::memchr(begin + have, 0, got)) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(nul) - begin);
      return Bytes{.bytes = {begin, length}, .kind = Bytes::Kind::text, .cut = false, .length = length, .note = {}};
    }
    have += got;
    if (got < wanted) return std::nullopt;
    step = path_max;
  }
  return Bytes{
      .bytes = {begin, std::min(most, have)}, .kind = Bytes::Kind::text, .cut = true, .length = have, .note = {}};
}

}  // namespace ktrace::decode
