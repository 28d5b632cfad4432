// -e read= and -e write=: the bytes that a call moved, whole. What was to be written is shown also if the call failed;
// what was read, as far as the result says. A buffer that cannot be read to its end is not shown; a list of buffers
// ends at the first empty one (both as strace has it). A failed sendmmsg shows nothing. What no call could move, be it
// in number or in bytes, is not looked at: lengths come from the tracee.
#include <algorithm>
#include <array>
#include <optional>

#include "decode/decoder.h"
#include "decode/scalar.h"
#include "decode/symbols.h"
#include "spec/tables.h"

namespace ktrace::decode {
namespace {

enum class Way : uint8_t { read, write };

constexpr uint64_t everything = ~uint64_t{0};
constexpr uint64_t most_buffers = 1024;      // UIO_MAXIOV; the same for messages
constexpr uint64_t most_bytes = 0x7ffff000;  // MAX_RW_COUNT

class Dumper {
 public:
  Dumper(CallState& call, Memory& memory, Sink& sink, const ktrace::Subject& who)
      : call_(call), memory_(memory), sink_(sink), who_(who), word_(long_bytes(call.abi)) {}

  void show(Way way, spec::Data what) {
    const bool failed = call_.outcome.is_error || !call_.outcome.available;
    if (failed && (way == Way::read || what == spec::Data::messages)) return;
    const auto result = failed ? 0 : static_cast<uint64_t>(call_.outcome.value);
    const uint64_t most = way == Way::read ? result : everything;
    switch (what) {
      case spec::Data::nothing: return;
      case spec::Data::bytes: return bytes(argument(1), std::min(most, argument(2)));
      case spec::Data::buffers: return buffers(argument(1), argument(2), most);
      case spec::Data::message: return message(argument(1), most);
      case spec::Data::messages: return messages(argument(1), result, way);
    }
  }

 private:
  static constexpr std::size_t block = 4096;

  [[nodiscard]] uint64_t argument(unsigned k) const { return call_.decoding.values[k]; }

  std::optional<uint64_t> integer(uint64_t address, unsigned width) {
    std::array<uint8_t, 8> value{};
    if (!memory_.read_all({address}, std::span(value).first(width))) return std::nullopt;
    return load(value.data(), width);
  }

  void piece(const Dump& what) { sink_.dump(who_, call_, what); }

  // A page at a time; before the first is shown, all are looked at.
  void bytes(uint64_t address, uint64_t length) {
    if (length > left_) return;
    left_ -= length;
    for (const bool showing : {false, true}) {
      for (uint64_t at = 0; at < length; at += block) {
        const auto part = std::span(block_).first(std::min<uint64_t>(block, length - at));
        if (!memory_.read_all({address + at}, part)) return;
        if (!showing) continue;
        piece({.index = at, .length = length, .bytes = {reinterpret_cast<const char*>(part.data()), part.size()}});
      }
    }
  }

  void buffers(uint64_t address, uint64_t count, uint64_t most) {
    for (uint64_t k = 0; k < std::min(count, most_buffers) && most != 0; ++k) {
      const auto base = integer(address + 2 * k * word_, word_);
      const auto size = integer(address + (2 * k + 1) * word_, word_);
      if (!base || !size || *size == 0) return;
      const uint64_t length = std::min(*size, most);
      piece({.kind = Dump::Kind::buffer, .index = k, .length = length});
      bytes(*base, length);
      if (most != everything) most -= length;
    }
  }

  // struct msghdr: name, namelen, iov, iovlen, in words.
  void message(uint64_t address, uint64_t most) {
    const auto first = integer(address + 2 * word_, word_);
    const auto count = integer(address + 3 * word_, word_);
    if (first && count) buffers(*first, *count, most);
  }

  // struct mmsghdr: a msghdr of seven words, then how many bytes were moved.
  void messages(uint64_t address, uint64_t count, Way way) {
    const uint64_t size = 8 * word_;
    for (uint64_t k = 0; k < std::min(count, most_buffers); ++k) {
      const uint64_t at = address + k * size;
      const auto buffers_here = integer(at + 3 * word_, word_);
      const auto moved = integer(at + 7 * word_, 4);
      if (!buffers_here || !moved) return;
      piece({.kind = Dump::Kind::vector, .index = k, .length = *buffers_here});
      message(at, way == Way::read ? *moved : everything);
    }
  }

  CallState& call_;
  Memory& memory_;
  Sink& sink_;
  const ktrace::Subject& who_;
  unsigned word_;
  uint64_t left_ = most_bytes;
  std::array<uint8_t, block> block_;
};

}  // namespace

void Decoder::dump(const ktrace::Subject& who, CallState& call, Memory& memory, Sink& sink, const Dumped& wanted) {
  if (call.decoding.call == spec::none) return;
  const spec::Call& description = spec::calls[call.decoding.call];
  const auto fd = static_cast<int32_t>(call.decoding.values[0]);
  if (fd < 0) return;
  Dumper dumper(call, memory, sink, who);
  if (description.reads != spec::Data::nothing && wanted.read(fd)) dumper.show(Way::read, description.reads);
  if (description.writes != spec::Data::nothing && wanted.write(fd)) dumper.show(Way::write, description.writes);
}

}  // namespace ktrace::decode
