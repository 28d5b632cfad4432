#include "program.h"

#include <algorithm>
#include <iterator>

namespace ktspec {

using spec::Kind;
using What = Named::What;

static constexpr std::array<Builtin, 22> builtins = {{
    {"u8", Kind::uint, 1},
    {"u16", Kind::uint, 2},
    {"u32", Kind::uint, 4},
    {"u64", Kind::uint, 8},
    {"s8", Kind::sint, 1, true},
    {"s16", Kind::sint, 2, true},
    {"s32", Kind::sint, 4, true},
    {"s64", Kind::sint, 8, true},
    {"be16", Kind::uint, 2, false, true},
    {"be32", Kind::uint, 4, false, true},
    {"be64", Kind::uint, 8, false, true},
    {"long", Kind::sint, 0, true},
    {"ulong", Kind::uint, 0},
    {"size", Kind::uint, 0},
    {"fd", Kind::fd, 4, true},
    {"dirfd", Kind::dirfd, 4, true},
    {"pid", Kind::pid, 4, true},
    {"addr", Kind::addr, 0},
    {"text", Kind::text, 0},
    {"path", Kind::path, 0},
    {"bytes", Kind::bytes, 0},
    {"none", Kind::none, 0},
}};

const Builtin* find_builtin(std::string_view name) {
  const auto found = std::ranges::find(builtins, name, &Builtin::name);
  return found == builtins.end() ? nullptr : &*found;
}

const Builtin* find_scalar(std::string_view name) {
  const Builtin* found = find_builtin(name);
  if (found == nullptr) return nullptr;
  switch (found->kind) {
    case Kind::text:
    case Kind::path:
    case Kind::bytes:
    case Kind::none: return nullptr;
    default: return found;
  }
}

Program::Program(Unit& all, Diagnostics& errors) : unit(all), diagnostics(errors) {
  declare_abis();
  for (uint32_t k = 0; k < unit.sets.size(); ++k) declare(unit.sets[k].name, {What::set, k});
  declare_records();
  for (uint32_t k = 0; k < unit.selects.size(); ++k) declare(unit.selects[k].name, {What::select, k});
  for (uint32_t k = 0; k < unit.natives.size(); ++k) declare(unit.natives[k].name, {What::native, k});
  declare_calls();
  merge_extends();
  count_keys();
}

void Program::declare(Ident name, Named named) {
  static constexpr std::array<std::string_view, 5> views = {"hex", "oct", "decimal", "never", "avail"};
  if (find_builtin(name.text) != nullptr || std::ranges::find(views, name.text) != views.end()) {
    diagnostics.error(name.loc, quoted(name.text) + " is a word of the language");
    return;
  }
  const auto [place, fresh] = names_.emplace(name.text, Place{named, name.loc});
  if (!fresh)
    diagnostics.error(name.loc,
                      quoted(name.text) + " is declared twice; first in " + diagnostics.where(place->second.loc));
}

// `struct X` and `struct X on i386` share a name; the general one stands for it, or the first if there is none.
void Program::declare_records() {
  std::map<std::string_view, std::vector<uint32_t>> forms;
  for (uint32_t k = 0; k < unit.records.size(); ++k) forms[unit.records[k].name.text].push_back(k);
  record_variants_.resize(unit.records.size());
  for (auto& [name, records] : forms) {
    std::ranges::stable_sort(records, {}, [&](uint32_t k) { return unit.records[k].on != 0; });
    const uint32_t general = records.front();
    declare(unit.records[general].name, {What::record, general});
    PerAbi<uint32_t> used;
    used.fill(general);
    uint8_t taken = 0;
    for (uint32_t k : records) {
      const RecordDecl& record = unit.records[k];
      if (k != general && record.on == 0) declare(record.name, {What::record, k});
      if ((taken & record.on) != 0) diagnostics.error(record.name.loc, quoted(name) + " is declared twice for an ABI");
      if (record.params.size() != unit.records[general].params.size())
        diagnostics.error(record.name.loc, "all forms of " + quoted(name) + " must have the same parameters");
      taken |= record.on;
      for (unsigned abi = 0; abi < abi_count; ++abi)
        if ((record.on >> abi & 1) != 0) used[abi] = k;
    }
    for (uint32_t k : records) record_variants_[k] = used;
  }
}

void Program::declare_calls() {
  for (uint32_t k = 0; k < unit.calls.size(); ++k) {
    const Ident name = unit.calls[k].name;
    const auto [first, fresh] = calls_.emplace(name.text, k);
    if (fresh) continue;
    diagnostics.error(name.loc, "system call " + quoted(name.text) + " is described twice; first in " +
                                    diagnostics.where(unit.calls[first->second].name.loc));
  }
}

void Program::declare_abis() {
  for (unsigned k = 0; k < abi_count; ++k) {
    const bool is_64 = k == 0 || k == 2;
    abis_[k] = {{abi_names[k], {}}, is_64 ? 8u : 4u, 8, is_64 ? 1u : 2u};
  }
  for (const AbiDecl& abi : unit.abis) {
    const auto found = std::ranges::find(abi_names, abi.name.text);
    if (found == abi_names.end()) {
      Suggestion suggestion(abi.name.text);
      for (std::string_view name : abi_names) suggestion.consider(name);
      diagnostics.error(abi.name.loc, "unknown ABI " + quoted(abi.name.text) + suggestion.text());
    } else if ((abi.long_bytes != 4 && abi.long_bytes != 8) || (abi.align64 != 4 && abi.align64 != 8) ||
               abi.slots < 1 || abi.slots > 2) {
      diagnostics.error(abi.name.loc, "an ABI needs: long 4 or 8, align64 4 or 8, slots 1 or 2");
    } else {
      abis_[static_cast<size_t>(found - abi_names.begin())] = abi;
    }
  }
}

Named Program::find(std::string_view name) const {
  if (find_builtin(name) != nullptr) return {What::builtin, 0};
  const auto found = names_.find(name);
  return found == names_.end() ? Named{} : found->second.named;
}

bool Program::broken(std::string_view name) const {
  return std::ranges::find(unit.broken, name) != unit.broken.end();
}

void Program::suggest_types(Suggestion& out) const {
  for (const Builtin& builtin : builtins) out.consider(builtin.name);
  for (const auto& [name, place] : names_) out.consider(name);
}

Named Program::require(Ident name, std::string_view what) {
  const Named found = find(name.text);
  if (found.what != What::unknown || name.text.empty() || broken(name.text)) return found;
  Suggestion suggestion(name.text);
  suggest_types(suggestion);
  diagnostics.error(name.loc, "unknown " + std::string(what) + " " + quoted(name.text) + suggestion.text());
  return found;
}

const CallDecl* Program::find_call(std::string_view name) const {
  const auto found = calls_.find(name);
  return found == calls_.end() ? nullptr : &unit.calls[found->second];
}

const CallDecl* Program::require_call(Ident name) {
  const CallDecl* found = find_call(name.text);
  if (found != nullptr || broken(name.text)) return found;
  Suggestion suggestion(name.text);
  for (const auto& [other, index] : calls_) suggestion.consider(other);
  diagnostics.error(name.loc, "no description of " + quoted(name.text) + suggestion.text());
  return nullptr;
}

std::optional<Shape> Program::scalar_shape(std::string_view name) const {
  if (const Builtin* scalar = find_scalar(name)) return Shape{scalar->width, scalar->is_signed, scalar->big_endian};
  return {};
}

std::optional<Shape> Program::storage(const TypeExpr& type) const {
  if (type.dir != Direction::none) return Shape{static_cast<uint8_t>(type.wide ? 8 : 0), false, false};
  if (type.suffix != Suffix::none) return {};
  if (auto shape = scalar_shape(type.base.text)) {
    if (type.wide) shape->width = 8;
    return shape;
  }
  const Named named = find(type.base.text);
  if (named.what == What::set) return scalar_shape(unit.sets[named.index].base.text);
  if (named.what == What::native) return scalar_shape(unit.natives[named.index].base.text);
  return {};
}

std::optional<Program::Pointee> Program::pointee(const TypeExpr& type) const {
  if (type.dir != Direction::none) {
    TypeExpr inner = type;
    inner.dir = Direction::none;
    inner.wide = false;
    if (const auto shape = storage(inner)) return Pointee{*shape, type.dir};
    return {};
  }
  const Named named = find(type.base.text);
  if (named.what != What::select) return {};
  const SelectDecl& select = unit.selects[named.index];
  if (select.otherwise && select.otherwise->dir != Direction::none) return pointee(*select.otherwise);
  for (const CaseDecl& one : select.cases)
    if (one.type.dir != Direction::none) return pointee(one.type);
  return {};
}

void Program::merge_extends() {
  for (ExtendDecl& extend : unit.extends) {
    const Named target = require(extend.name, "set or select");
    switch (target.what) {
      case What::set: merge(unit.sets[target.index], extend); break;
      case What::select: merge(unit.selects[target.index], extend); break;
      case What::unknown: break;
      default: diagnostics.error(extend.name.loc, quoted(extend.name.text) + " cannot be extended");
    }
  }
}

void Program::merge(SetDecl& set, ExtendDecl& extend) {
  if (!extend.cases.empty() || !extend.groups.empty())
    diagnostics.error(extend.name.loc, quoted(extend.name.text) + " is a set of constants and has no cases");
  std::ranges::move(extend.items, std::back_inserter(set.items));
}

void Program::merge(SelectDecl& select, ExtendDecl& extend) {
  if (!extend.items.empty())
    diagnostics.error(extend.items.front().loc, quoted(extend.name.text) + " is a select: its cases need a type");
  std::ranges::move(extend.cases, std::back_inserter(select.cases));
  std::ranges::move(extend.groups, std::back_inserter(select.groups));
}

void Program::count_keys() {
  select_keys_.resize(unit.selects.size(), 1);
  for (size_t k = 0; k < unit.selects.size(); ++k) {
    const SelectDecl& select = unit.selects[k];
    if (!select.groups.empty()) select_keys_[k] = 2;
    for (const CaseDecl& one : select.cases) {
      if (one.keys.size() == select_keys_[k]) continue;
      diagnostics.error(one.keys[0].name.loc, "cases of " + quoted(select.name.text) + " need two keys");
    }
    if (select.attrs && select_keys_[k] == 2) diagnostics.error(select.name.loc, "attributes have one key");
    if (!select.attrs && select.params.size() < select_keys_[k])
      diagnostics.error(select.name.loc, "the parameters of " + quoted(select.name.text) + " must begin with its " +
                                             (select_keys_[k] == 2 ? std::string("two keys") : std::string("key")));
  }
}

}  // namespace ktspec
