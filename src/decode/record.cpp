// Structures and tuples whose bytes are at hand. Members beyond the valid bytes are left out: that is how older and
// shorter versions of an extensible structure look.
#include <algorithm>
#include <cstring>

#include "decode/scalar.h"
#include "decode/symbols.h"
#include "decode/walker.h"

namespace ktrace::decode {
namespace {

std::span<const spec::Field> fields_of(const spec::Record& record) {
  return {spec::fields + record.first, record.count};
}

// What the member may look at: its own bytes, or all that follow if it has no size. Empty: it is not there.
ByteSpan member_bytes(ByteSpan record, uint64_t offset, uint64_t size) {
  if (offset >= record.size()) return {};
  const uint64_t room = record.size() - offset;
  if (size == no_limit) return record.subspan(offset);
  return size <= room ? record.subspan(offset, size) : ByteSpan{};
}

}  // namespace

void Walker::member(const spec::Field& field, ByteSpan bytes, const Frame& inner) {
  context_.sink.field(text(field.name));
  value(spec::types[field.type], bytes, inner);
}

void Walker::record(const spec::Record& record, ByteSpan bytes, const Frame& inner, Part part) {
  if (record.flags & spec::record_tuple) return tuple(record, bytes, inner);
  if (part != Part::exit) context_.sink.begin(Shape::structure);
  members(record, bytes, inner, part);
  if (part != Part::entry) context_.sink.end();
}

// A structure in a structure that has members of both parts: begun in the first, ended in the second.
bool Walker::splits(const spec::Field& field) const {
  const spec::Type& type = spec::types[field.type];
  if (type.kind != spec::Kind::record || (type.flags & (spec::type_array | spec::type_rest))) return false;
  return (variant(type.ref).flags & spec::record_exits) != 0 && !(field.flags & spec::field_exit);
}

void Walker::split(const spec::Field& field, ByteSpan bytes, const Frame& inner, Part part) {
  const spec::Type& type = spec::types[field.type];
  const ByteSpan own = member_bytes(bytes, field.offset[index(context_.abi)], size_of(type, inner));
  if (own.empty() || !holds(field.when, context_, inner, {.value = own, .pointer = {}})) return;
  Frame deeper = parameters(type, inner);
  deeper.record = own;
  if (part == Part::entry) {
    context_.sink.field(text(field.name));
    context_.sink.begin(Shape::structure);
  }
  members(variant(type.ref), own, deeper, part);
  if (part == Part::exit) context_.sink.end();
}

void Walker::members(const spec::Record& record, ByteSpan bytes, const Frame& inner, Part part) {
  bool elided = false;
  for (const spec::Field& field : fields_of(record)) {
    if (field.flags & spec::field_hidden) continue;
    if (part != Part::all && splits(field)) {
      split(field, bytes, inner, part);
      continue;
    }
    const bool late = (field.flags & spec::field_exit) != 0;
    const bool too_early = part == Part::entry || context_.phase == Phase::entry;
    if (late ? too_early : part == Part::exit) continue;
    if ((field.flags & spec::field_verbose) && context_.options.abbreviate) {
      elided = true;
      continue;
    }
    const spec::Type& type = spec::types[field.type];
    const uint64_t size = size_of(type, inner);
    const uint32_t offset = field.offset[index(context_.abi)];
    ByteSpan own = member_bytes(bytes, offset, size);
    const bool cut_off = own.empty() && size <= sizeof(uint64_t) && offset < bytes.size() && record.min == 0;
    if (cut_off) own = bytes.subspan(offset);  // by the length that the program gave: what there is
    if (own.empty() && size != 0) {
      if (size != no_limit || offset > bytes.size()) continue;
    }
    uint8_t bits[8];
    Subject subject{.value = own, .pointer = {}};
    if (type.bits != 0 && own.size() >= width(type)) {
      const uint64_t cut = cut_bits(load(own.data(), width(type)), type.bit, type.bits);
      std::memcpy(bits, &cut, sizeof bits);
      subject.value = bits;
    }
    if (holds(field.when, context_, inner, subject)) member(field, own, inner);
  }
  if (elided) context_.sink.elided();
}

// Shows the first member of a structure that was cut short, if at least that is there.
void Walker::short_record(const spec::Record& record, ByteSpan bytes, const Frame& inner) {
  if (record.count == 0) return data(bytes);
  const spec::Field& first = spec::fields[record.first];
  const ByteSpan own = member_bytes(bytes, first.offset[index(context_.abi)], size_of(spec::types[first.type], inner));
  if (own.empty()) return data(bytes);
  context_.sink.begin(Shape::structure);
  member(first, own, inner);
  context_.sink.elided();
  context_.sink.end();
}

// Counts the parts of a tuple that are there, and shows them if asked. A tuple in a tuple is not a list of its own.
unsigned Walker::tuple_parts(const spec::Record& record, ByteSpan bytes, const Frame& inner, bool show) {
  unsigned count = 0;
  for (const spec::Field& field : fields_of(record)) {
    if (field.flags & spec::field_hidden) continue;
    const uint32_t offset = field.offset[index(context_.abi)];
    if (offset >= bytes.size()) continue;
    const Resolved chosen = resolve(spec::types[field.type], inner);
    const spec::Type& type = *chosen.type;
    const ByteSpan rest = bytes.subspan(offset);
    if (type.kind == spec::Kind::none || !holds(field.when, context_, inner, {.value = rest, .pointer = {}})) continue;
    const bool single = !(type.flags & (spec::type_array | spec::type_rest | spec::type_repeat));
    if (type.kind == spec::Kind::tuple && single) {
      Frame deeper = parameters(type, chosen.frame);
      deeper.record = rest;
      count += tuple_parts(variant(type.ref), rest, deeper, show);
      continue;
    }
    ++count;
    if (!show) continue;
    const uint64_t size = size_of(type, chosen.frame);
    if (size == no_limit || size <= rest.size()) {
      value(type, size == no_limit ? rest : rest.first(size), chosen.frame);
    } else if (type.kind == spec::Kind::record && single) {
      Frame deeper = parameters(type, chosen.frame);
      deeper.record = rest;
      short_record(variant(type.ref), rest, deeper);
    } else {
      data(rest);
    }
  }
  return count;
}

void Walker::tuple(const spec::Record& record, ByteSpan bytes, const Frame& inner) {
  const unsigned count = tuple_parts(record, bytes, inner, false);
  if (count == 0) return data(bytes);
  if (count > 1) context_.sink.begin(Shape::array);
  tuple_parts(record, bytes, inner, true);
  if (count > 1) context_.sink.end();
}

}  // namespace ktrace::decode
