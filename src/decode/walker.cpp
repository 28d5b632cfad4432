// Numbers, names and bytes; what holds other values together is in record.cpp, list.cpp and pointer.cpp.
#include "decode/walker.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "decode/scalar.h"
#include "decode/symbols.h"

namespace ktrace::decode {
namespace {

constexpr int64_t at_fdcwd = -100;

}  // namespace

unsigned Walker::width(const spec::Type& type) const {
  if (type.flags & spec::type_wide) return 8;
  return type.width != 0 ? type.width : context_.long_bytes();
}

const spec::Record& Walker::variant(uint32_t record) const {
  return spec::records[spec::records[record].variant[index(context_.abi)]];
}

Frame Walker::parameters(const spec::Type& type, const Frame& frame, Address peek) {
  Frame inner{.record = frame.record, .params = {}};
  for (unsigned k = 0; k < type.arg_count && k < max_params; ++k) {
    inner.params[k] = evaluate(spec::type_args[type.args + k], context_, frame, {.value = {}, .pointer = peek});
  }
  return inner;
}

const spec::Case* Walker::find_case(const spec::Select& select, uint64_t first, uint64_t second, Abi abi) {
  const std::span<const spec::Case> cases{spec::cases + select.first, select.count};
  const uint64_t key1 = select.key_count > 1 ? second : 0;
  auto found = std::lower_bound(cases.begin(), cases.end(), first, [key1](const spec::Case& c, uint64_t key0) {
    return c.key[0] != key0 ? c.key[0] < key0 : c.key[1] < key1;
  });
  for (; found != cases.end() && found->key[0] == first && found->key[1] == key1; ++found) {
    if (found->abi_mask >> index(abi) & 1) return &*found;
  }
  return nullptr;
}

Resolved Walker::resolve(const spec::Type& type, const Frame& frame, Address peek) {
  Resolved result{&type, frame};
  for (unsigned depth = 0; result.type->kind == spec::Kind::select && depth < 8; ++depth) {
    const spec::Select& select = spec::selects[result.type->ref];
    result.frame = parameters(*result.type, result.frame, peek);
    const spec::Case* found = find_case(select, result.frame.params[0], result.frame.params[1], context_.abi);
    result.type = &spec::types[found ? found->type : select.otherwise];
  }
  return result;
}

uint64_t Walker::size_of(const spec::Type& type, const Frame& frame) {
  if (type.flags & (spec::type_rest | spec::type_repeat)) return no_limit;
  uint64_t one = width(type);
  switch (type.kind) {
    case spec::Kind::select: {
      const Resolved chosen = resolve(type, frame);
      return chosen.type->kind == spec::Kind::select ? no_limit : size_of(*chosen.type, chosen.frame);
    }
    case spec::Kind::record:
    case spec::Kind::tuple: {
      const spec::Record& r = variant(type.ref);
      if (r.flags & spec::record_open) return no_limit;
      one = r.size[index(context_.abi)];
      break;
    }
    case spec::Kind::text:
    case spec::Kind::path:
    case spec::Kind::bytes:
    case spec::Kind::object:
      if (!(type.flags & spec::type_array)) return no_limit;
      one = 1;
      break;
    case spec::Kind::attrs: return no_limit;
    case spec::Kind::none: return 0;
    case spec::Kind::uint:
    case spec::Kind::sint:
    case spec::Kind::fd:
    case spec::Kind::dirfd:
    case spec::Kind::pid:
    case spec::Kind::addr:
    case spec::Kind::pointer:
    case spec::Kind::set:
    case spec::Kind::native:
    case spec::Kind::key: break;
  }
  if (!(type.flags & spec::type_array)) return one;
  uint64_t size = 0;
  return __builtin_mul_overflow(one, evaluate(type.count, context_, frame), &size) ? no_limit : size;
}

void Walker::set(const spec::Set& set, uint64_t value, unsigned width) {
  context_.sink.symbols(symbolize(set, value, width, context_.abi, scratch_));
}

void Walker::fd(int64_t number, bool directory) {
  if (directory && number == at_fdcwd) {
    return context_.sink.fd({.value = number, .symbol = "AT_FDCWD", .target = context_.descriptors.describe_cwd()});
  }
  const bool plausible = number >= 0 && number <= INT32_MAX;
  context_.sink.fd(
      {.value = number,
       .symbol = {},
       .target = plausible ? context_.descriptors.describe(static_cast<int>(number)) : std::string_view{}});
}

void Walker::pid(int64_t number) {
  context_.show_pid(number);
}

// The name of a case. A select that leaves all others to a second select has their names too. Keys under a first key of
// which nothing is known are plain numbers.
void Walker::key(const spec::Type& type, uint64_t value, const Frame& frame) {
  const Frame keys = parameters(type, frame);
  const bool two = type.arg_count != 0;
  const uint64_t first = two ? keys.params[0] : value;
  std::string_view name;
  std::string_view unknown;
  bool known_group = !two;
  for (uint32_t ref = type.ref, depth = 0; depth < 4; ++depth) {
    const spec::Select& select = spec::selects[ref];
    const std::span<const spec::Group> groups{spec::groups + select.groups, select.group_count};
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.key == first; });
    const bool grouped = two && group != groups.end();
    known_group |= grouped;
    if (unknown.empty()) unknown = text(grouped ? group->unknown : select.unknown);
    const spec::Case* found = find_case(select, first, value, context_.abi);
    if (found) name = text(found->name);
    const spec::Type& otherwise = spec::types[select.otherwise];
    if (found || otherwise.kind != spec::Kind::select) break;
    ref = otherwise.ref;
  }
  const auto bytes = static_cast<uint8_t>(width(type));
  if (!known_group && name.empty() && unknown.empty()) return context_.sink.number({.value = value, .width = bytes});
  context_.sink.symbols({.value = value,
                         .width = bytes,
                         .base = Base::hex,
                         .names = {&name, name.empty() ? 0u : 1u},
                         .rest = name.empty() ? value : 0,
                         .unknown = unknown});
}

void Walker::native(const spec::Type& type, uint64_t value, ByteSpan bytes, Address address, const Frame& frame) {
  const Frame inner = parameters(type, frame, address);
  const ViewValue what{
      .number = value, .bytes = bytes, .address = address, .params = {inner.params.data(), type.arg_count}};
  context_.scratch = &scratch_;
  const bool failed = std::exchange(context_.failed, context_.failed && !given_);
  native_views[type.ref](context_, what);
  context_.failed = failed;
  if (std::exchange(context_.left_open, false)) left_open_ = true;
}

void Walker::scalar(const spec::Type& type, uint64_t value, const Frame& frame) {
  const unsigned bytes = width(type);
  const uint64_t plain = zero_extend(value, bytes);
  switch (type.kind) {
    case spec::Kind::uint:
      return context_.sink.number({plain, static_cast<uint8_t>(bytes), false, base_of(type.format)});
    case spec::Kind::sint:
      return context_.sink.number({sign_extend(value, bytes), static_cast<uint8_t>(bytes), true, base_of(type.format)});
    case spec::Kind::fd: return fd(static_cast<int64_t>(sign_extend(value, bytes)), false);
    case spec::Kind::dirfd: return fd(static_cast<int64_t>(sign_extend(value, bytes)), true);
    case spec::Kind::pid: return pid(static_cast<int64_t>(sign_extend(value, bytes)));
    case spec::Kind::addr: return context_.sink.address({plain});
    case spec::Kind::set: return set(spec::sets[type.ref], plain, bytes);
    case spec::Kind::key: return key(type, plain, frame);
    case spec::Kind::native: {
      const bool is_signed = spec::natives[type.ref].is_signed != 0;
      return native(type, is_signed ? sign_extend(value, bytes) : plain, {}, {}, frame);
    }
    case spec::Kind::pointer: return pointer(type, plain, frame, Part::all);
    case spec::Kind::select: {
      const Resolved chosen = resolve(type, frame);
      if (chosen.type->kind != spec::Kind::select) return scalar(*chosen.type, value, chosen.frame);
      break;
    }
    case spec::Kind::none:
    case spec::Kind::text:
    case spec::Kind::path:
    case spec::Kind::bytes:
    case spec::Kind::object:
    case spec::Kind::record:
    case spec::Kind::tuple:
    case spec::Kind::attrs: break;
  }
  context_.sink.number({value, static_cast<uint8_t>(context_.long_bytes()), false, Base::hex});
}

void Walker::argument(const spec::Type& type, uint64_t value, const Frame& frame, Part part, bool despite_failure) {
  despite_failure_ = despite_failure;
  left_open_ = false;
  const Resolved chosen = resolve(type, frame);
  if (chosen.type->kind == spec::Kind::pointer) {
    pointer(*chosen.type, zero_extend(value, width(*chosen.type)), chosen.frame, part);
  } else {
    scalar(*chosen.type, value, chosen.frame);
  }
}

void Walker::value(const spec::Type& type, ByteSpan bytes, const Frame& frame) {
  if (type.kind == spec::Kind::select) {
    const Resolved chosen = resolve(type, frame);
    if (chosen.type->kind == spec::Kind::select) return data(bytes);
    return value(*chosen.type, bytes, chosen.frame);
  }
  if (type.flags & spec::type_repeat) return repeat(type, bytes, frame);
  switch (type.kind) {
    case spec::Kind::text:
    case spec::Kind::path: return fixed_text(bytes);
    case spec::Kind::bytes: return data(bytes);
    case spec::Kind::object: return native(type, 0, bytes, {}, frame);
    case spec::Kind::attrs: return attributes(type, bytes, frame);
    case spec::Kind::none: return data(bytes);
    default: break;  // the others may be arrays
  }
  if (type.flags & (spec::type_array | spec::type_rest)) return array(type, bytes, frame);
  if (type.kind == spec::Kind::record || type.kind == spec::Kind::tuple) {
    const spec::Record& r = variant(type.ref);
    if (netlink_ && !(r.flags & spec::record_open) && bytes.size() < r.size[index(context_.abi)]) return data(bytes);
    Frame inner = parameters(type, frame);
    inner.record = bytes;
    return record(r, bytes, inner, Part::all);
  }
  const unsigned size = width(type);
  if (bytes.size() < size) return send_bytes(bytes, bytes.size(), Bytes::Kind::hex);  // cut off by a length
  const bool big_endian = (type.flags & spec::type_big_endian) != 0;
  uint64_t number = load(bytes.data(), size, big_endian);
  if (type.bits != 0) {
    number = cut_bits(number, type.bit, type.bits);
    if (type.kind == spec::Kind::sint && type.bits < 64) {
      number = static_cast<uint64_t>(static_cast<int64_t>(number << (64 - type.bits)) >> (64 - type.bits));
    }
  }
  scalar(type, number, frame);
}

void Walker::send_bytes(ByteSpan shown, uint64_t length, Bytes::Kind kind) {
  context_.sink.string({.bytes = {reinterpret_cast<const char*>(shown.data()), shown.size()},
                        .kind = kind,
                        .cut = shown.size() < length,
                        .length = length,
                        .note = {}});
}

void Walker::data(ByteSpan bytes) {
  const auto shown = bytes.first(std::min<std::size_t>(bytes.size(), context_.options.string_limit));
  send_bytes(shown, bytes.size(), netlink_ ? Bytes::Kind::hex : Bytes::Kind::data);
}

// An array of char in a structure: never cut by -s; without a NUL the last byte is not shown.
void Walker::fixed_text(ByteSpan bytes) {
  const void* nul = bytes.empty() ? nullptr : std::memchr(bytes.data(), 0, bytes.size());
  const std::size_t length =
      nul ? static_cast<std::size_t>(static_cast<const uint8_t*>(nul) - bytes.data()) : bytes.size();
  const std::size_t shown = nul || bytes.empty() ? length : length - 1;
  send_bytes(bytes.first(shown), length, Bytes::Kind::text);
}

}  // namespace ktrace::decode
