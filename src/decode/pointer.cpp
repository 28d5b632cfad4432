// What lies behind pointers. The rules are strace's: NULL is NULL; what cannot be read, or was not written because the
// call failed, shows as its address; an array shows the elements that can be read and where it could not go on.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/walker.h"
#include "spec/ids.h"

namespace ktrace::decode {
namespace {

constexpr std::size_t deepest = 12;           // pointers to pointers: beyond, only addresses
constexpr uint64_t most_elements = 1u << 16;  // of an array under -v
constexpr uint64_t longest = 64u << 20;       // string, whatever -s says

bool is_string(spec::Kind kind) {
  return kind == spec::Kind::text || kind == spec::Kind::path || kind == spec::Kind::bytes;
}

bool is_list(const spec::Type& type) {
  return (type.flags & (spec::type_array | spec::type_rest)) != 0;
}

spec::Type element_of(const spec::Type& type) {
  spec::Type element = type;
  element.flags = static_cast<uint16_t>(element.flags & ~(spec::type_array | spec::type_rest));
  element.count = spec::none;
  return element;
}

}  // namespace

void Walker::pointer(const spec::Type& type, uint64_t address, const Frame& frame, Part part) {
  const bool reads = (type.flags & spec::type_in) != 0;
  const bool writes = (type.flags & spec::type_out) != 0;
  const bool too_early = writes && !reads && (context_.phase == Phase::entry || context_.failed);
  if (address == 0 || too_early || scratch_.depth() >= deepest) return context_.sink.address({address});

  const Resolved pointee = resolve(spec::types[type.elem], frame, {address});
  const spec::Type& target = *pointee.type;
  if (is_string(target.kind)) return string_at(type, target, address, frame);

  const bool repeats = (target.flags & spec::type_repeat) != 0;
  uint64_t limit = no_limit;
  if (type.limit != spec::none) {
    limit = evaluate(type.limit, context_, frame, {.value = {}, .pointer = {address}});
    if (static_cast<int64_t>(limit) < 0 && !repeats) limit = 0;
  }
  const bool list = is_list(target) && target.kind != spec::Kind::object;
  const uint64_t count = list ? array_count(target, pointee.frame, limit, address) : 1;
  if (list && count == 0) {
    context_.sink.begin(Shape::array);
    return context_.sink.end();
  }
  const bool is_string = target.kind == spec::Kind::object && target.ref == spec::ids::native_hex_text;
  if (!context_.options.dereference && !is_string) {
    // strace decodes messages as a refinement of the string they otherwise are.
    return repeats ? bytes_at({address}, limit, Bytes::Kind::data) : context_.sink.address({address});
  }
  if (context_.failed && !despite_failure_) return context_.sink.address({address});
  if (list) return array_at(target, count, address, pointee.frame);
  if (repeats || target.kind == spec::Kind::tuple || target.kind == spec::Kind::attrs) {
    return stretch_at(target, address, pointee.frame, limit);
  }
  if (target.kind == spec::Kind::record) {
    const bool outer = std::exchange(given_, reads && !writes && despite_failure_);
    record_at(target, address, pointee.frame, limit, part, writes && !reads);
    given_ = outer;
    return;
  }
  if (target.kind == spec::Kind::object) return object_at(target, address, pointee.frame, limit);
  if (target.kind == spec::Kind::none || target.kind == spec::Kind::select) return context_.sink.address({address});
  scalar_at(target, address, pointee.frame, limit, writes && !reads);
}

void Walker::string_at(const spec::Type& pointer, const spec::Type& type, uint64_t address, const Frame& frame) {
  // What a program of 32 bits cannot have in its memory is not even an empty string.
  if (context_.long_bytes() == 4 && zero_extend(address, 4) != address) return context_.sink.address({address});
  const Subject subject{.value = {}, .pointer = {address}};
  uint64_t limit = no_limit;
  if (pointer.limit != spec::none) limit = evaluate(pointer.limit, context_, frame, subject);
  if (type.flags & spec::type_array) limit = std::min(limit, evaluate(type.count, context_, frame, subject));
  // A program may say -1: that is a length as any other.
  if (type.flags & spec::type_array) limit = std::min(limit, no_limit - 1);
  if (type.kind == spec::Kind::bytes) return bytes_at({address}, limit, Bytes::Kind::data);
  text_at({address}, type.kind == spec::Kind::path ? Bytes::Kind::path : Bytes::Kind::text, limit);
}

void Walker::bytes_at(Address from, uint64_t length, Bytes::Kind kind) {
  if (!from) return context_.sink.address(from);
  if (length == no_limit) return context_.sink.address(from);
  const std::size_t shown = std::min<uint64_t>({length, context_.options.string_limit, longest});
  // If there is more, its first byte must be readable, too: strace shows the address else.
  const Scratch::Lease buffer(scratch_, shown + (length > shown ? 1 : 0));
  if (!context_.memory.read_all(from, buffer.bytes())) return context_.sink.address(from);
  send_bytes(buffer.bytes().first(shown), length, kind);
}

void Walker::text_at(Address from, Bytes::Kind kind, uint64_t limit) {
  if (!from) return context_.sink.address(from);
  const bool path = kind == Bytes::Kind::path;
  const uint64_t shown = path ? path_max - 1 : std::min<uint64_t>(context_.options.string_limit, longest);
  const uint64_t most = std::min(limit, shown);
  const Scratch::Lease buffer(scratch_, limit <= shown ? limit : shown + 1);
  auto found = read_text(context_.memory, from, most, buffer.bytes());
  if (!found) return context_.sink.address(from);
  found->kind = kind;
  if (limit == 0) found->cut = false;
  context_.sink.string(*found);
}

uint64_t Walker::array_count(const spec::Type& type, const Frame& frame, uint64_t limit, uint64_t address) {
  uint64_t count = no_limit;
  if (type.flags & spec::type_array) {
    count = evaluate(type.count, context_, frame, {.value = {}, .pointer = {address}});
  }
  if (limit == no_limit) return type.flags & spec::type_rest ? 0 : count;
  const uint64_t size = size_of(element_of(type), frame);
  return size == 0 || size == no_limit ? 0 : std::min(count, limit / size);
}

void Walker::array_at(const spec::Type& type, uint64_t count, uint64_t address, const Frame& frame) {
  const spec::Type element = element_of(type);
  const uint64_t size = size_of(element, frame);
  uint64_t end = 0;
  if (size == 0 || size > block || __builtin_mul_overflow(size, count, &end) ||
      __builtin_add_overflow(end, address, &end)) {
    return context_.sink.address({address});
  }
  const uint64_t most = context_.options.abbreviate ? context_.options.string_limit : most_elements;
  const uint64_t wanted = std::min(count, most + 1);  // one more, to tell whether it could be read
  const uint64_t batch = std::min(wanted, block / size);
  const Scratch::Lease buffer(scratch_, batch * size);
  for (uint64_t first = 0; first < wanted; first += batch) {
    const uint64_t asked = std::min(batch, wanted - first);
    const std::size_t got = context_.memory.read({address + first * size}, buffer.bytes().first(asked * size)) / size;
    if (first == 0 && got == 0) return context_.sink.address({address});
    if (first == 0) context_.sink.begin(Shape::array);
    for (uint64_t k = 0; k < got; ++k) {
      if (first + k == most) {
        context_.sink.elided();
        return context_.sink.end();
      }
      value(element, buffer.bytes().subspan(k * size, size), frame);
    }
    if (got < asked) {
      context_.sink.unreadable({address + (first + got) * size});
      break;
    }
  }
  context_.sink.end();
}

void Walker::record_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit, Part part,
                       bool writes) {
  const spec::Record& shape = variant(type.ref);
  const uint64_t known = shape.size[index(context_.abi)];
  const bool open = (shape.flags & spec::record_open) != 0;
  uint64_t total = limit == no_limit ? known : limit;
  const bool any_length = writes && shape.min == 0 && limit != 0;
  if (limit != no_limit && total < (shape.min != 0 ? shape.min : known) && !any_length) {
    return context_.sink.address({address});
  }
  if (shape.min == 0 && !open) total = std::min(total, known);
  const bool self_sized = shape.limit != spec::none;
  if (self_sized) {
    const Scratch::Lease head(scratch_, std::min<uint64_t>(shape.min != 0 ? shape.min : known, block));
    if (!context_.memory.read_all({address}, head.bytes())) return context_.sink.address({address});
    Frame own = parameters(type, frame, {address});
    own.record = head.bytes();
    total = std::min(limit, evaluate(shape.limit, context_, own));
    if (total == 0) total = shape.min;
    if (total < shape.min) return context_.sink.address({address});
  }
  const Scratch::Lease buffer(scratch_, std::min<uint64_t>(open ? total : std::min(total, known), block));
  if (!context_.memory.read_all({address}, buffer.bytes())) {
    return self_sized && !(shape.flags & spec::record_longer_elided) && shape.min != 0
               ? head_of(shape, address, parameters(type, frame, {address}))
               : context_.sink.address({address});
  }
  Frame inner = parameters(type, frame, {address});
  inner.record = buffer.bytes();
  left_open_ = part == Part::entry;
  const bool tailed = shape.min != 0 && !open && total > known;
  if (!tailed || part == Part::exit) return record(shape, buffer.bytes(), inner, part);
  context_.sink.begin(Shape::structure);
  members(shape, buffer.bytes(), inner, part);
  if (shape.flags & spec::record_longer_elided) {
    context_.sink.elided();
  } else {
    tail(address, known, std::min<uint64_t>(total, page));
  }
  if (part != Part::entry) context_.sink.end();
}

// What is there of a structure that claims to be longer than what can be read.
void Walker::head_of(const spec::Record& shape, uint64_t address, Frame inner) {
  const Scratch::Lease head(scratch_, std::min<uint64_t>(shape.min, block));
  if (!context_.memory.read_all({address}, head.bytes())) return context_.sink.address({address});
  inner.record = head.bytes();
  context_.sink.begin(Shape::structure);
  members(shape, head.bytes(), inner, Part::all);
  context_.sink.word("???");
  context_.sink.end();
}

// Bytes that a newer version of a structure has and we do not know: worth a look only if they are not all zero.
void Walker::tail(uint64_t address, uint64_t from, uint64_t to) {
  if (from >= to) return;
  const Scratch::Lease buffer(scratch_, to - from);
  if (!context_.memory.read_all({address + from}, buffer.bytes())) return context_.sink.word("???");
  const auto bytes = buffer.bytes();
  if (std::all_of(bytes.begin(), bytes.end(), [](uint8_t b) { return b == 0; })) return;
  const auto shown = bytes.first(std::min<std::size_t>(bytes.size(), context_.options.string_limit));
  char note[64];
  const auto end = fmt::format_to_n(note, sizeof note, "bytes {}..{}", from, to - 1);
  context_.sink.string({.bytes = {reinterpret_cast<const char*>(shown.data()), shown.size()},
                        .kind = Bytes::Kind::hex,
                        .cut = shown.size() < bytes.size(),
                        .length = bytes.size(),
                        .note = {note, std::min(end.size, sizeof note)}});
}

// Messages, tuples and attribute lists: what can be read of their stretch of memory.
void Walker::stretch_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit) {
  uint64_t size = limit;
  if (size == no_limit) size = size_of(type, frame);
  if (size == no_limit && type.kind == spec::Kind::tuple) size = variant(type.ref).size[index(context_.abi)];
  if (size == no_limit) return context_.sink.address({address});
  const Scratch::Lease buffer(scratch_, std::min<uint64_t>(size, block));
  const std::size_t got = context_.memory.read({address}, buffer.bytes());
  if (got == 0 && size != 0) return context_.sink.address({address});
  value(type, buffer.bytes().first(got), frame);
}

void Walker::object_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit) {
  uint64_t size = limit;
  if (type.flags & spec::type_array) size = std::min(size, size_of(type, frame));
  if (size == no_limit) return native(type, 0, {}, {address}, frame);  // it knows itself how much there is
  const Scratch::Lease buffer(scratch_, std::min<uint64_t>(size, page));
  const std::size_t got = context_.memory.read({address}, buffer.bytes());
  if (got == 0 && size != 0) return context_.sink.address({address});
  native(type, 0, buffer.bytes().first(got), {address}, frame);
}

void Walker::scalar_at(const spec::Type& type, uint64_t address, const Frame& frame, uint64_t limit, bool writes) {
  const unsigned size = width(type);
  if (limit < size) {
    return writes ? bytes_at({address}, limit, Bytes::Kind::data) : context_.sink.address({address});
  }
  uint8_t bytes[8];
  if (!context_.memory.read_all({address}, {bytes, size})) return context_.sink.address({address});
  context_.sink.begin(Shape::array);
  value(type, {bytes, size}, frame);
  context_.sink.end();
}

void Walker::resume(const spec::Type& type, uint64_t address, const Frame& frame) {
  const Resolved chosen = resolve(type, frame);
  const Resolved pointee = resolve(spec::types[chosen.type->elem], chosen.frame, {address});
  const spec::Record& shape = variant(pointee.type->ref);
  Frame inner = parameters(*pointee.type, pointee.frame, {address});
  uint64_t size = shape.size[index(context_.abi)];
  if (shape.limit != spec::none && (shape.flags & spec::record_open) != 0) {
    const Scratch::Lease head(scratch_, std::min<uint64_t>(size, block));
    inner.record = head.bytes();
    if (context_.memory.read_all({address}, head.bytes()))
      size = std::max(size, evaluate(shape.limit, context_, inner));
  }
  const Scratch::Lease buffer(scratch_, std::min<uint64_t>(size, block));
  if (context_.memory.read_all({address}, buffer.bytes())) {
    inner.record = buffer.bytes();
    members(shape, buffer.bytes(), inner, Part::exit);
  }
  context_.sink.end();
}

}  // namespace ktrace::decode
