// Natives, structs, tuples, selects and attribute lists.
#include <algorithm>

#include "builder.h"

namespace ktspec {

using spec::Kind;

void Builder::natives() {
  for (const NativeDecl& decl : program_.unit.natives) {
    const auto shape = program_.scalar_shape(decl.base.text);
    if (!shape && decl.base.text != "bytes")
      program_.diagnostics.error(decl.base.loc,
                                 "a native view is of a scalar type or of 'bytes', not of " + quoted(decl.base.text));
    spec::Native out{};
    out.name = tables_.string(decl.name.text);
    out.width = shape ? shape->width : uint8_t{0};
    out.is_object = shape ? 0 : 1;
    out.param_count = static_cast<uint8_t>(decl.params.size());
    out.is_signed = shape && shape->is_signed ? 1 : 0;
    tables_.natives.push_back(out);
  }
}

void Builder::records() {
  tables_.records.resize(program_.unit.records.size());
  for (uint32_t k = 0; k < program_.unit.records.size(); ++k) record(k);
}

uint32_t field_flags(const FieldDecl& field) {
  uint32_t out = 0;
  if (field.verbose) out |= spec::field_verbose;
  if (field.on_exit) out |= spec::field_exit;
  if (field.overlay) out |= spec::field_union;
  if (field.hidden) out |= spec::field_hidden;
  return out;
}

void Builder::check_names(const RecordDecl& decl) {
  if (decl.fields.empty()) program_.diagnostics.error(decl.name.loc, quoted(decl.name.text) + " has no fields");
  for (auto field = decl.fields.begin(); field != decl.fields.end(); ++field) {
    // Overlaid, padding and conditional members may share a name.
    if (field->overlay || field->hidden || field->when || field->unnamed()) continue;
    const auto same = [&](const FieldDecl& other) { return other.name.text == field->name.text; };
    if (std::find_if(decl.fields.begin(), field, same) != field)
      program_.diagnostics.error(field->name.loc,
                                 quoted(decl.name.text) + " has two members " + quoted(field->name.text));
  }
}

// Indexes of the members: those that `order` names, then the others.
std::vector<size_t> Builder::shown_order(const RecordDecl& decl) {
  std::vector<size_t> out;
  std::vector<bool> named(decl.fields.size());
  for (const Ident& name : decl.order) {
    bool found = false;
    for (size_t k = 0; k < decl.fields.size(); ++k) {
      if (decl.fields[k].name.text != name.text || named[k]) continue;
      found = true;
      named[k] = true;
      out.push_back(k);
    }
    if (found) continue;
    Suggestion suggestion(name.text);
    for (const FieldDecl& field : decl.fields) suggestion.consider(field.name.text);
    program_.diagnostics.error(
        name.loc, quoted(decl.name.text) + " has no further member " + quoted(name.text) + suggestion.text());
  }
  for (size_t k = 0; k < decl.fields.size(); ++k) {
    if (named[k]) continue;
    if (!decl.order.empty() && !decl.fields[k].hidden)
      program_.diagnostics.error(decl.fields[k].name.loc, quoted(decl.fields[k].name.text) + " is missing in 'order'");
    out.push_back(k);
  }
  return out;
}

void Builder::record(uint32_t index) {
  const RecordDecl& decl = program_.unit.records[index];
  const RecordLayout& layout = layout_.record(index);
  const Scope scope{.record = index, .params = &decl.params};
  check_names(decl);
  std::vector<spec::Field> fields;
  spec::Record out{};
  for (size_t k : shown_order(decl)) {
    const FieldDecl& field = decl.fields[k];
    spec::Field entry{};
    entry.name = tables_.string(field.unnamed() ? std::string_view{} : field.name.text);
    entry.type = types_.build(field, scope);
    entry.when = types_.expressions().compile(field.when, scope);
    entry.flags = field_flags(field);
    if (k < layout.offsets.size()) std::ranges::copy(layout.offsets[k], entry.offset);
    if (field.verbose) out.flags |= spec::record_elides;
    if (field.on_exit) out.flags |= spec::record_exits;
    fields.push_back(entry);
  }
  out.name = tables_.string(decl.name.text);
  out.first = static_cast<uint32_t>(tables_.fields.size());
  out.count = static_cast<uint32_t>(fields.size());
  out.limit = types_.expressions().compile(decl.limit, scope);
  out.min = decl.min;
  out.align = decl.align;
  std::ranges::copy(layout.extent.size, out.size);
  for (unsigned abi = 0; abi < abi_count; ++abi) out.variant[abi] = program_.record_on(index, abi);
  if (decl.tuple) out.flags |= spec::record_tuple;
  if (layout.extent.open) out.flags |= spec::record_open;
  if (decl.longer_elided) out.flags |= spec::record_longer_elided;
  tables_.fields.insert(tables_.fields.end(), fields.begin(), fields.end());
  tables_.records[index] = out;
}

bool Builder::exits(const spec::Type& type) const {
  const auto record_exits = [&](uint32_t form) { return (tables_.records[form].flags & spec::record_exits) != 0; };
  if (type.kind == Kind::record || type.kind == Kind::tuple)
    return std::ranges::any_of(tables_.records[type.ref].variant, record_exits);
  if (type.kind != Kind::select) return false;
  const spec::Select& select = tables_.selects[type.ref];
  for (uint32_t k = 0; k < select.count; ++k) {
    const spec::Type& one = tables_.types[tables_.cases[select.first + k].type];
    if ((one.kind == Kind::record || one.kind == Kind::tuple) && record_exits(one.ref)) return true;
  }
  return false;
}

// A record that contains one with `on exit` members has such members.
void Builder::mark_exits() {
  for (bool again = true; again;) {
    again = false;
    for (spec::Record& record : tables_.records) {
      if ((record.flags & spec::record_exits) != 0) continue;
      for (uint32_t k = 0; k < record.count; ++k) {
        if (!exits(tables_.types[tables_.fields[record.first + k].type])) continue;
        record.flags |= spec::record_exits;
        again = true;
        break;
      }
    }
  }
}

void Builder::selects() {
  tables_.selects.resize(program_.unit.selects.size());
  for (uint32_t k = 0; k < program_.unit.selects.size(); ++k) select(k);
}

uint32_t Builder::plain_bytes() {
  TypeExpr bytes;
  bytes.base.text = "bytes";
  bytes.suffix = Suffix::rest;
  return types_.build(bytes, Scope{});
}

// A case for each different pair of key values.
std::vector<spec::Case> Builder::one_case(const CaseDecl& decl, const Scope& scope, std::vector<Loc>& places) {
  std::vector<spec::Case> out;
  const uint32_t type = types_.build(decl.type, scope);
  const ConstantValue first = layout_.key_value(decl.keys[0]);
  const ConstantValue second = decl.keys.size() > 1 ? layout_.key_value(decl.keys[1]) : ConstantValue{{}, all_abis};
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    if ((first.abis & second.abis) >> abi == 0 || ((first.abis & second.abis) >> abi & 1) == 0) continue;
    auto same = std::ranges::find_if(
        out, [&](const spec::Case& one) { return one.key[0] == first.on[abi] && one.key[1] == second.on[abi]; });
    if (same == out.end()) {
      spec::Case one{};
      one.key[0] = first.on[abi];
      one.key[1] = second.on[abi];
      one.name = tables_.string(decl.keys.back().name.text);
      one.type = type;
      same = out.insert(out.end(), one);
      places.push_back(decl.keys.back().name.loc);
    }
    same->abi_mask = static_cast<uint8_t>(same->abi_mask | 1u << abi);
  }
  return out;
}

void Builder::select(uint32_t index) {
  const SelectDecl& decl = program_.unit.selects[index];
  const Scope scope{.params = &decl.params};
  std::vector<spec::Case> cases;
  std::vector<Loc> places;
  for (const CaseDecl& one : decl.cases) {
    const std::vector<spec::Case> built = one_case(one, scope, places);
    cases.insert(cases.end(), built.begin(), built.end());
  }
  std::vector<size_t> order(cases.size());
  for (size_t k = 0; k < order.size(); ++k) order[k] = k;
  const auto key = [&](size_t k) { return std::tuple(cases[k].key[0], cases[k].key[1], cases[k].abi_mask, k); };
  std::ranges::sort(order, [&](size_t a, size_t b) { return key(a) < key(b); });
  spec::Select out{};
  out.name = tables_.string(decl.name.text);
  out.first = static_cast<uint32_t>(tables_.cases.size());
  out.count = static_cast<uint32_t>(cases.size());
  for (size_t k = 0; k < order.size(); ++k) {
    const spec::Case& one = cases[order[k]];
    for (size_t j = k; j-- > 0;) {
      const spec::Case& other = cases[order[j]];
      if (other.key[0] != one.key[0] || other.key[1] != one.key[1]) break;
      if ((other.abi_mask & one.abi_mask) == 0) continue;
      const auto [early, late] = std::minmax(places[order[j]], places[order[k]]);
      program_.diagnostics.error(
          late, quoted(decl.name.text) + " has another case with this key in " + program_.diagnostics.where(early));
      break;
    }
    tables_.cases.push_back(one);
  }
  out.otherwise = decl.otherwise ? types_.build(*decl.otherwise, scope) : plain_bytes();
  out.unknown = tables_.unknown(decl.prefix);
  out.key_count = program_.key_count(index);
  groups(decl, out);
  tables_.selects[index] = out;
}

void Builder::groups(const SelectDecl& decl, spec::Select& out) {
  std::vector<spec::Group> groups;
  for (const GroupDecl& group : decl.groups) {
    if (group.prefix.text.empty()) continue;
    const ConstantValue key = layout_.key_value(group.key);
    const spec::Str unknown = tables_.unknown(group.prefix.text);
    const auto same = std::ranges::find(groups, key.on[0], &spec::Group::key);
    if (same == groups.end()) {
      groups.push_back({key.on[0], unknown, 0});
    } else if (same->unknown != unknown) {
      program_.diagnostics.error(group.prefix.loc,
                                 "another prefix is given for " + quoted(group.key.name.text) + " elsewhere");
    }
  }
  std::ranges::sort(groups, {}, &spec::Group::key);
  out.groups = static_cast<uint32_t>(tables_.groups.size());
  out.group_count = static_cast<uint32_t>(groups.size());
  tables_.groups.insert(tables_.groups.end(), groups.begin(), groups.end());
}

}  // namespace ktspec
