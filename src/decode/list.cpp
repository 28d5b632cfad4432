// Runs of elements whose bytes are at hand: arrays, self-sized messages (netlink(7)) and netlink attributes
// (linux/netlink.h, struct nlattr). A run of one message or attribute is shown without the brackets of a list.
#include <algorithm>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/walker.h"

namespace ktrace::decode {
namespace {

constexpr std::size_t attribute_header = 4;  // nla_len, nla_type
constexpr std::size_t attribute_align = 4;
constexpr uint16_t attribute_nested = 0x8000;
constexpr uint16_t attribute_net_byteorder = 0x4000;
constexpr uint16_t attribute_type = 0x3fff;

std::size_t align_up(std::size_t n, std::size_t to) {
  return to > 1 ? (n + to - 1) / to * to : n;
}

// Restores a flag at the end of a scope.
class Flag {
 public:
  explicit Flag(bool& flag) : flag_(flag), was_(flag) { flag = true; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
  ~Flag() { flag_ = was_; }

 private:
  bool& flag_;
  bool was_;
};

}  // namespace

void Walker::array(const spec::Type& type, ByteSpan bytes, const Frame& frame) {
  spec::Type element = type;
  element.flags = static_cast<uint16_t>(element.flags & ~(spec::type_array | spec::type_rest));
  element.count = spec::none;
  const uint64_t size = size_of(element, frame);
  if (size == 0 || size == no_limit) return data(bytes);
  const uint64_t count = bytes.size() / size;
  const uint64_t most = context_.options.abbreviate ? context_.options.string_limit : no_limit;
  context_.sink.begin(Shape::array);
  for (uint64_t k = 0; k < count; ++k) {
    if (k == most) {
      context_.sink.elided();
      break;
    }
    value(element, bytes.subspan(k * size, size), frame);
  }
  context_.sink.end();
}

void Walker::repeat(const spec::Type& type, ByteSpan bytes, const Frame& frame) {
  const Flag hexadecimal(netlink_);
  spec::Type element = type;
  element.flags = static_cast<uint16_t>(element.flags & ~spec::type_repeat);
  if (element.kind != spec::Kind::tuple && element.kind != spec::Kind::record) return array(element, bytes, frame);
  const spec::Record& shape = variant(type.ref);
  const std::size_t fixed = std::max<std::size_t>(shape.size[index(context_.abi)], 1);
  if (bytes.size() < fixed) return data(bytes);

  uint64_t shown = 0;
  bool list = false;
  while (!bytes.empty()) {
    if (list && context_.options.abbreviate && shown == context_.options.string_limit) {
      context_.sink.elided();
      break;
    }
    if (bytes.size() < fixed) {
      data(bytes);
      break;
    }
    Frame inner = parameters(element, frame);
    inner.record = bytes;
    const uint64_t claimed = shape.limit == spec::none ? bytes.size() : evaluate(shape.limit, context_, inner);
    const std::size_t length = std::clamp<uint64_t>(claimed, fixed, bytes.size());
    const std::size_t next = align_up(length, shape.align);
    const bool last = claimed < fixed || claimed > bytes.size() || next >= bytes.size();
    if (shown == 0 && !last) {
      context_.sink.begin(Shape::array);
      list = true;
    }
    inner.record = bytes.first(length);
    record(shape, inner.record, inner, Part::all);
    if (last) break;
    bytes = bytes.subspan(next);
    ++shown;
  }
  if (list) context_.sink.end();
}

// The two bits of nla_type that are not the type: `NLA_F_NESTED|RTA_METRICS`.
void Walker::attribute_flags(uint16_t type) {
  std::string_view names[2];
  std::size_t count = 0;
  if (type & attribute_nested) names[count++] = "NLA_F_NESTED";
  if (type & attribute_net_byteorder) names[count++] = "NLA_F_NET_BYTEORDER";
  if (count == 0) return;
  context_.sink.symbols({.value = type & ~uint64_t{attribute_type},
                         .width = 2,
                         .is_flags = true,
                         .base = Base::hex,
                         .names = {names, count}});
  context_.sink.joined();
}

void Walker::attribute(const spec::Select& select, ByteSpan bytes, const Frame& inner) {
  const auto length = static_cast<uint16_t>(load(bytes.data(), 2));
  const auto raw = static_cast<uint16_t>(load(bytes.data() + 2, 2));
  const auto kind = static_cast<uint16_t>(raw & attribute_type);
  const spec::Case* found = find_case(select, kind, 0, context_.abi);

  const bool payload = length > attribute_header && bytes.size() > attribute_header;
  if (payload) context_.sink.begin(Shape::array);
  context_.sink.begin(Shape::structure);
  context_.sink.field("nla_len");
  context_.sink.number({.value = length, .width = 2, .is_signed = false, .base = Base::decimal});
  context_.sink.field("nla_type");
  attribute_flags(raw);
  const std::string_view name = found ? text(found->name) : std::string_view{};
  context_.sink.symbols({.value = kind,
                         .width = 2,
                         .base = Base::hex,
                         .names = {&name, found ? 1u : 0u},
                         .rest = found ? uint16_t{0} : kind,
                         .unknown = text(select.unknown)});
  context_.sink.end();
  if (!payload) return;
  const ByteSpan body = bytes.subspan(attribute_header);
  const spec::Type& type = spec::types[found ? found->type : select.otherwise];
  const Resolved chosen = resolve(type, inner);
  const uint64_t size = size_of(*chosen.type, chosen.frame);
  value(*chosen.type, size < body.size() ? body.first(size) : body, chosen.frame);
  context_.sink.end();
}

void Walker::attributes(const spec::Type& type, ByteSpan bytes, const Frame& frame) {
  const Flag hexadecimal(netlink_);
  if (bytes.size() < attribute_header) return data(bytes);
  const spec::Select& select = spec::selects[type.ref];
  const Frame inner = parameters(type, frame);
  uint64_t shown = 0;
  bool list = false;
  while (!bytes.empty()) {
    if (list && context_.options.abbreviate && shown == context_.options.string_limit) {
      context_.sink.elided();
      break;
    }
    if (bytes.size() < attribute_header) {
      data(bytes);
      break;
    }
    const std::size_t claimed = load(bytes.data(), 2);
    const std::size_t next = align_up(claimed, attribute_align);
    const bool last = claimed < attribute_header || next >= bytes.size();
    if (shown == 0 && !last) {
      context_.sink.begin(Shape::array);
      list = true;
    }
    attribute(select, bytes.first(std::clamp(claimed, attribute_header, bytes.size())), inner);
    if (last) break;
    bytes = bytes.subspan(next);
    ++shown;
  }
  if (list) context_.sink.end();
}

}  // namespace ktrace::decode
