// Which files a call works with, for statistics: descriptors in its registers, and paths that they point to. What lies
// deeper, a list of descriptors that poll(2) waits for, is not meant: such a call is about none of them in particular.
#include <algorithm>
#include <array>
#include <span>

#include "decode/decoder.h"
#include "decode/null_sink.h"
#include "decode/scalar.h"
#include "decode/walker.h"
#include "spec/lookup.h"

namespace ktrace::decode {
namespace {

bool is_path(const spec::Type& type) {
  if (type.kind != spec::Kind::pointer || !(type.flags & spec::type_in)) return false;
  const spec::Type& target = spec::types[type.elem];
  return target.kind == spec::Kind::path && !(target.flags & spec::type_array);
}

// By what the argument is called: the kernel has no better name for it.
Decoder::Role role_of(std::string_view name) {
  if (name == "in_fd" || name == "fd_in") return Decoder::Role::from;
  if (name == "out_fd" || name == "fd_out") return Decoder::Role::to;
  return Decoder::Role::any;
}

constexpr int cwd = -100;  // AT_FDCWD

// sendfile(2) and its kin.
bool moves_between(const spec::Call& description) {
  for (const spec::Field& field : std::span(spec::fields + description.first, description.count))
    if (role_of(spec::string(field.name)) == Decoder::Role::from) return true;
  return false;
}

// recvmmsg and sendmmsg tell how many messages, and in each struct mmsghdr, behind a msghdr of seven words, how many
// bytes. The kernel takes UIO_MAXIOV messages at most.
uint64_t bytes_of_messages(const CallState& call, uint64_t count, Memory& memory) {
  constexpr uint64_t most_messages = 1024;
  constexpr std::size_t at_once = 64;
  const unsigned word = long_bytes(call.abi);
  const std::size_t size = 8 * std::size_t{word};
  std::array<uint8_t, at_once * 8 * sizeof(uint64_t)> buffer;
  uint64_t sum = 0;
  count = std::min(count, most_messages);
  for (uint64_t first = 0; first < count; first += at_once) {
    const auto messages = static_cast<std::size_t>(std::min<uint64_t>(at_once, count - first));
    const auto bytes = std::span(buffer).first(messages * size);
    const std::size_t got = memory.read({call.decoding.values[1] + first * size}, bytes);
    for (std::size_t at = 0; at + size <= got; at += size) sum += load(bytes.data() + at + 7 * std::size_t{word}, 4);
    if (got < bytes.size()) break;
  }
  return sum;
}

}  // namespace

void Decoder::files(CallState& call, Tracee tracee, const Files& wanted) {
  if (call.decoding.call == spec::none) return;
  static const Options options;
  NullSink sink;
  ViewContext context = make_context(call, tracee, sink, options, Phase::entry, *scratch_);
  Walker walker(context, *scratch_);
  const spec::Call& description = spec::calls[call.decoding.call];
  int directory = cwd;  // what a path is relative to: the directory before it
  for (unsigned k = 0; k < description.count && k < call.decoding.values.size(); ++k) {
    const spec::Field& field = spec::fields[description.first + k];
    uint64_t value = call.decoding.values[k];
    const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(&value), sizeof value};
    if (!holds(field.when, context, Frame{}, {.value = bytes, .pointer = {value}})) continue;
    const spec::Type& type = *walker.resolve(spec::types[field.type], Frame{}).type;
    if (type.kind == spec::Kind::fd || type.kind == spec::Kind::dirfd) {
      const auto number = static_cast<int>(static_cast<int32_t>(value));
      if (type.kind == spec::Kind::dirfd) {
        directory = number;
      } else if (number >= 0) {
        wanted.fd(number, role_of(spec::string(field.name)));
      }
    } else if (is_path(type) && value != 0) {
      const Scratch::Lease buffer(*scratch_, path_max);
      const uint64_t address = zero_extend(value, walker.width(type));
      if (const auto text = read_text(context.memory, {address}, path_max - 1, buffer.bytes()); text)
        wanted.path(text->bytes, directory);
    }
  }
}

// Of a call that returned: a descriptor that it made, and how many bytes it moved through its first one, or between
// two.
Decoder::Moved Decoder::moved(const CallState& call, Memory& memory) {
  Moved moved;
  if (call.decoding.call == spec::none || call.outcome.is_error || !call.outcome.available) return moved;
  const spec::Call& description = spec::calls[call.decoding.call];
  const int64_t result = call.outcome.value;
  if (result < 0) return moved;
  const auto count = static_cast<uint64_t>(result);
  if (description.ret != spec::none && spec::types[description.ret].kind == spec::Kind::fd)
    moved.opened = static_cast<int>(result);
  const auto bytes = [&](spec::Data data) -> uint64_t {
    if (data == spec::Data::nothing) return 0;
    return data == spec::Data::messages ? bytes_of_messages(call, count, memory) : count;
  };
  moved.read = bytes(description.reads);
  moved.written = bytes(description.writes);
  if (moves_between(description)) moved.between = count;
  return moved;
}

}  // namespace ktrace::decode
