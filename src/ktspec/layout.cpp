#include "layout.h"

#include <algorithm>
#include <utility>

namespace ktspec {

using spec::Kind;
using What = Named::What;

Layout::Layout(Program& program) : program_(program) {
  records_.resize(program.unit.records.size());
  record_states_.resize(program.unit.records.size(), State::fresh);
  select_states_.resize(program.unit.selects.size(), State::fresh);
  collect();
}

Extent Layout::scalar(uint8_t width) const {
  Extent out;
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    out.size[abi] = program_.width_on(width, abi);
    out.align[abi] = out.size[abi] == 8 ? program_.abi(abi).align64 : out.size[abi];
  }
  return out;
}

static Extent open_extent() {
  Extent out;
  out.align.fill(1);
  out.open = true;
  return out;
}

// Of one element, without array suffix.
Extent Layout::single(const TypeExpr& type) {
  if (const auto shape = program_.scalar_shape(type.base.text)) return scalar(type.wide ? 8 : shape->width);
  Extent out = open_extent();
  const Named named = program_.find(type.base.text);
  switch (named.what) {
    case What::builtin:
      if (type.base.text == "none") out.open = false;
      return out;
    case What::set:
      if (const auto shape = program_.scalar_shape(program_.unit.sets[named.index].base.text))
        return scalar(shape->width);
      return out;
    case What::native:
      if (const auto shape = program_.scalar_shape(program_.unit.natives[named.index].base.text))
        return scalar(shape->width);
      return out;
    case What::record: return record_by_name(named.index);
    case What::select: return select(named.index);
    case What::unknown: out.open = false; return out;  // reported where the type is built
  }
  return out;
}

static bool counts_bytes(const Program& program, const TypeExpr& type) {
  if (const Builtin* builtin = find_builtin(type.base.text))
    return builtin->kind == Kind::text || builtin->kind == Kind::path || builtin->kind == Kind::bytes;
  const Named named = program.find(type.base.text);
  return named.what == What::native && program.unit.natives[named.index].base.text == "bytes";
}

Extent Layout::extent(const TypeExpr& type) {
  if (type.dir != Direction::none) return scalar(type.wide ? 8 : 0);
  if (type.suffix == Suffix::none) return single(type);
  Extent out = open_extent();
  if (type.suffix != Suffix::count) return out;
  const auto count = constant_expr(*type.count);
  // The number of bytes is the size of what has no elements.
  Extent element = single(type);
  if (counts_bytes(program_, type)) {
    element = Extent{};
    element.size.fill(1);
    element.align.fill(1);
  }
  out.align = element.align;
  if (!count || element.open) return out;
  out.open = false;
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    if ((*count)[abi] > 1u << 24) {
      program_.diagnostics.error(type.count->loc, "array is too big");
      return out;
    }
    out.size[abi] = static_cast<uint32_t>((*count)[abi]) * element.size[abi];
  }
  return out;
}

// A select has a size if all its cases have the same.
Extent Layout::select(uint32_t index) {
  const SelectDecl& decl = program_.unit.selects[index];
  if (decl.attrs || select_states_[index] == State::busy || !decl.otherwise) return open_extent();
  select_states_[index] = State::busy;
  Extent out = extent(*decl.otherwise);
  for (const CaseDecl& one : decl.cases) {
    if (out.open) break;
    const Extent other = extent(one.type);
    if (other.open || other.size != out.size) out = open_extent();
  }
  select_states_[index] = State::fresh;
  return out;
}

Extent Layout::record_by_name(uint32_t index) {
  Extent out;
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    const Extent& form = record(program_.record_on(index, abi)).extent;
    out.size[abi] = form.size[abi];
    out.align[abi] = form.align[abi];
    out.open |= form.open;
  }
  return out;
}

const RecordLayout& Layout::record(uint32_t index) {
  RecordLayout& out = records_[index];
  if (record_states_[index] == State::done) return out;
  const RecordDecl& decl = program_.unit.records[index];
  if (record_states_[index] == State::busy) {
    program_.diagnostics.error(decl.name.loc, quoted(decl.name.text) + " contains itself");
    record_states_[index] = State::done;
    return out;
  }
  record_states_[index] = State::busy;
  out.extent.align.fill(1);
  place(decl, out);
  record_states_[index] = State::done;
  return out;
}

static uint32_t round_up(uint32_t value, uint32_t align) {
  return align > 1 ? (value + align - 1) / align * align : value;
}

// Bit-fields fill their storage unit from the lowest bit.
void Layout::place_bits(const RecordDecl& decl, size_t field, const Extent& unit) {
  const FieldDecl& bit = decl.fields[field];
  if (bit.bit + bit.bits > 8 * unit.size[0])
    program_.diagnostics.error(
        bit.name.loc, "bit-field " + quoted(bit.name.text) + " ends at bit " + std::to_string(bit.bit + bit.bits) +
                          ", " + quoted(bit.type.base.text) + " has " + std::to_string(8 * unit.size[0]));
}

void Layout::place(const RecordDecl& decl, RecordLayout& out) {
  const bool dense = decl.tuple || decl.packed;
  PerAbi<uint32_t> end{};
  PerAbi<uint32_t> group{};  // where the union, or the storage unit of bit-fields, began
  bool open = false;
  bool reported = false;
  for (size_t k = 0; k < decl.fields.size(); ++k) {
    const FieldDecl& field = decl.fields[k];
    TypeExpr stored = field.type;
    if (field.bits != 0) stored.view_kind = ViewKind::none;
    const Extent extent = this->extent(stored);
    const bool same_unit = field.overlay || field.bit != 0;
    if (field.bits != 0) place_bits(decl, k, extent);
    if (open && !decl.tuple && !same_unit && !std::exchange(reported, true))
      program_.diagnostics.error(decl.fields[k - 1].name.loc, quoted(decl.fields[k - 1].name.text) +
                                                                  " has no fixed size and must be the last field");
    PerAbi<uint32_t>& offset = out.offsets.emplace_back();
    for (unsigned abi = 0; abi < abi_count; ++abi) {
      const uint32_t align = dense ? 1 : extent.align[abi];
      offset[abi] = same_unit ? group[abi] : round_up(end[abi], align);
      group[abi] = offset[abi];
      end[abi] = std::max(same_unit ? end[abi] : 0, offset[abi] + extent.size[abi]);
      out.extent.align[abi] = std::max(out.extent.align[abi], align);
      if (open && !same_unit) offset[abi] = spec::none;
    }
    open |= extent.open;
  }
  out.extent.open = open;
  for (unsigned abi = 0; abi < abi_count; ++abi)
    out.extent.size[abi] = open ? end[abi] : round_up(end[abi], out.extent.align[abi]);
}

}  // namespace ktspec
