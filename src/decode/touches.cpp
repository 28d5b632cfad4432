// -P and --trace-fds: does a call take a path or a descriptor that is wanted? Walks only types that ktspec marked as
// able to reach one, through the pointers that the kernel reads: i386's old_mmap, pollfd arrays and the like are no
// special cases. Relative paths are the predicate's to resolve.
#include <algorithm>
#include <span>

#include "decode/decoder.h"
#include "decode/null_sink.h"
#include "decode/scalar.h"
#include "decode/walker.h"

namespace ktrace::decode {
namespace {

bool reaches(const spec::Type& type) {
  return (type.flags & (spec::type_reaches_path | spec::type_reaches_fd)) != 0 || type.kind == spec::Kind::select;
}

// The call or one of its variants.
bool may_reach(uint32_t at) {
  if (at == spec::none) return false;
  const spec::Call& call = spec::calls[at];
  const std::span fields{spec::fields + call.first, call.count};
  if (std::ranges::any_of(fields, [](const spec::Field& field) { return reaches(spec::types[field.type]); }))
    return true;
  const std::span variants{spec::variants + call.variants, call.variant_count};
  return std::ranges::any_of(variants, [at](const spec::Variant& v) { return v.call != at && may_reach(v.call); }) ||
         (call.otherwise != at && may_reach(call.otherwise));
}

constexpr uint64_t most_elements = 4096;
constexpr std::size_t deepest = 8;

class Search {
 public:
  Search(ViewContext& context, Scratch& scratch, const Decoder::Wanted& wanted)
      : context_(context), scratch_(scratch), wanted_(wanted), walker_(context, scratch) {}

  bool scalar(const spec::Type& type, uint64_t value, const Frame& frame) {
    if (!reaches(type)) return false;
    const Resolved chosen = walker_.resolve(type, frame);
    switch (chosen.type->kind) {
      case spec::Kind::fd: return wants_fd(static_cast<int64_t>(sign_extend(value, walker_.width(*chosen.type))));
      case spec::Kind::dirfd: return wants_fd(static_cast<int64_t>(sign_extend(value, walker_.width(*chosen.type))));
      case spec::Kind::pointer:
        return pointer(*chosen.type, zero_extend(value, walker_.width(*chosen.type)), chosen.frame);
      default: return false;
    }
  }

 private:
  bool wants_fd(int64_t number) {
    if (number < 0 || number > INT32_MAX) return false;
    const int fd = static_cast<int>(number);
    if (wanted_.fd && wanted_.fd(fd)) return true;
    if (!wanted_.path) return false;
    const std::string_view path = context_.descriptors.path(fd);
    return !path.empty() && wanted_.path(path);
  }

  bool wants_path(uint64_t address) {
    if (!wanted_.path) return false;
    const Scratch::Lease buffer(scratch_, path_max);
    const auto found = read_text(context_.memory, {address}, path_max - 1, buffer.bytes());
    return found && wanted_.path(found->bytes);
  }

  bool pointer(const spec::Type& type, uint64_t address, const Frame& frame) {
    if (address == 0 || !(type.flags & spec::type_in) || scratch_.depth() >= deepest) return false;
    const Resolved pointee = walker_.resolve(spec::types[type.elem], frame, {address});
    const spec::Type& target = *pointee.type;
    if (target.kind == spec::Kind::path && !(target.flags & spec::type_array)) return wants_path(address);
    if (!reaches(target)) return false;
    uint64_t size = walker_.size_of(target, pointee.frame);
    if (type.limit != spec::none) {
      size = std::min(size, evaluate(type.limit, context_, frame, {.value = {}, .pointer = {address}}));
    }
    if (size == no_limit) return false;
    const Scratch::Lease buffer(scratch_, std::min<uint64_t>(size, block));
    const std::size_t got = context_.memory.read({address}, buffer.bytes());
    return value(target, buffer.bytes().first(got), pointee.frame, address);
  }

  bool value(const spec::Type& type, ByteSpan bytes, const Frame& frame, uint64_t address) {
    if (!reaches(type)) return false;
    if (type.flags & (spec::type_array | spec::type_rest)) return elements(type, bytes, frame, address);
    if (type.kind == spec::Kind::record || type.kind == spec::Kind::tuple) return members(type, bytes, frame, address);
    const unsigned width = walker_.width(type);
    if (type.kind == spec::Kind::select) {
      const Resolved chosen = walker_.resolve(type, frame);
      return chosen.type->kind != spec::Kind::select && value(*chosen.type, bytes, chosen.frame, address);
    }
    return bytes.size() >= width && scalar(type, load(bytes.data(), width), frame);
  }

  bool elements(const spec::Type& type, ByteSpan bytes, const Frame& frame, uint64_t address) {
    spec::Type element = type;
    element.flags = static_cast<uint16_t>(element.flags & ~(spec::type_array | spec::type_rest));
    element.count = spec::none;
    const uint64_t size = walker_.size_of(element, frame);
    if (size == 0 || size == no_limit) return false;
    const uint64_t count = std::min<uint64_t>(bytes.size() / size, most_elements);
    for (uint64_t k = 0; k < count; ++k) {
      if (value(element, bytes.subspan(k * size, size), frame, address)) return true;
    }
    return false;
  }

  bool members(const spec::Type& type, ByteSpan bytes, const Frame& frame, uint64_t address) {
    const spec::Record& record = walker_.variant(type.ref);
    Frame inner = walker_.parameters(type, frame, {address});
    inner.record = bytes;
    for (uint32_t k = record.first; k < record.first + record.count; ++k) {
      const spec::Field& field = spec::fields[k];
      const uint32_t offset = field.offset[index(context_.abi)];
      if (!reaches(spec::types[field.type]) || offset >= bytes.size()) continue;
      const ByteSpan own = bytes.subspan(offset);
      if (!holds(field.when, context_, inner, {.value = own, .pointer = {}})) continue;
      if (value(spec::types[field.type], own, inner, address)) return true;
    }
    return false;
  }

  ViewContext& context_;
  Scratch& scratch_;
  const Decoder::Wanted& wanted_;
  Walker walker_;
};

}  // namespace

bool Decoder::touches(CallState& call, Tracee tracee, const Wanted& wanted) {
  if (call.decoding.call == spec::none) return false;
  static const Options options;
  NullSink sink;
  ViewContext context = make_context(call, tracee, sink, options, Phase::entry, *scratch_);
  Search search(context, *scratch_, wanted);
  const spec::Call& description = spec::calls[call.decoding.call];
  for (unsigned k = 0; k < description.count && k < call.decoding.values.size(); ++k) {
    const spec::Field& field = spec::fields[description.first + k];
    const uint64_t value = call.decoding.values[k];
    const std::span<const uint8_t> bytes{reinterpret_cast<const uint8_t*>(&value), sizeof value};
    if (!holds(field.when, context, Frame{}, {.value = bytes, .pointer = {value}})) continue;
    if (search.scalar(spec::types[field.type], value, Frame{})) return true;
  }
  return false;
}

bool Decoder::may_touch(const spec::Row& row) {
  const std::span subs{spec::sub_rows + row.sub, row.sub_count};
  return may_reach(row.call) || std::ranges::any_of(subs, [](const spec::Row& sub) { return may_reach(sub.call); });
}

}  // namespace ktrace::decode
