// Sets of constants.
#include <algorithm>
#include <map>

#include "builder.h"

namespace ktspec {

using spec::Item;
using spec::ItemKind;

void Builder::build() {
  natives();
  sets();
  records();
  selects();
  mark_exits();
  calls();
  rows();
  layout_.check_constants();
  for (uint32_t k = 0; k < program_.unit.selects.size(); ++k) {
    const SelectDecl& decl = program_.unit.selects[k];
    const spec::Kind kind = decl.attrs ? spec::Kind::attrs : spec::Kind::select;
    tables_.named_types[std::string(decl.name.text)] = types_.whole(kind, k, decl.params.size(), 0);
  }
  for (uint32_t k = 0; k < program_.unit.natives.size(); ++k) {
    const NativeDecl& decl = program_.unit.natives[k];
    const spec::Kind kind = tables_.natives[k].is_object != 0 ? spec::Kind::object : spec::Kind::native;
    tables_.named_types[std::string(decl.name.text)] =
        types_.whole(kind, k, decl.params.size(), tables_.natives[k].width);
  }
  mark_reaching_types(program_.unit, tables_);
}

// Sets of parts follow those with a name.
void Builder::sets() {
  tables_.sets.resize(program_.unit.sets.size());
  for (size_t k = 0; k < program_.unit.sets.size(); ++k) {
    spec::Set out{};
    set(program_.unit.sets[k], out);
    tables_.sets[k] = out;
  }
}

// One item for each different value.
void Builder::constant_items(const Constant& constant, Shape shape, std::vector<Item>& out) {
  if (constant.alias) return;
  const ConstantValue value = layout_.value(constant, shape);
  const size_t first = out.size();
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    if ((value.abis >> abi & 1) == 0) continue;
    auto same = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                             [&](const Item& item) { return item.value == value.on[abi]; });
    if (same == out.end()) {
      Item item{};
      item.value = value.on[abi];
      item.name = tables_.string(constant.name.text);
      item.ref = spec::none;
      item.kind = ItemKind::constant;
      same = out.insert(out.end(), item);
    }
    same->abi_mask = static_cast<uint8_t>(same->abi_mask | 1u << abi);
  }
}

static void sort_items(std::vector<Item>& items) {
  std::ranges::stable_sort(items, [](const Item& a, const Item& b) {
    return a.value != b.value ? a.value < b.value : a.abi_mask < b.abi_mask;
  });
}

void Builder::set(const SetDecl& decl, spec::Set& out) {
  const auto shape = program_.scalar_shape(decl.base.text);
  if (!shape) program_.diagnostics.error(decl.base.loc, "a set needs a scalar type, not " + quoted(decl.base.text));
  const Shape kept = shape.value_or(Shape{});
  std::vector<Item> items;
  std::vector<const Constant*> constants;
  for (const SetItem& item : decl.items) {
    if (item.kind == ItemKind::constant) {
      constants.push_back(&item.constant);
      constant_items(item.constant, kept, items);
    } else {
      if (!decl.flags) program_.diagnostics.error(item.loc, "an enum has constants only");
      items.push_back(set_item(decl, item));
    }
  }
  if (decl.flags) {
    check_flags(decl, kept);
  } else {
    check_enum(decl.name.text, constants, kept);
    sort_items(items);
  }
  out.name = tables_.string(decl.name.text);
  out.first = static_cast<uint32_t>(tables_.items.size());
  out.count = static_cast<uint32_t>(items.size());
  out.unknown = decl.unknown.empty() ? tables_.unknown(decl.prefix) : tables_.string(decl.unknown);
  out.width = kept.width;
  out.is_flags = decl.flags ? 1 : 0;
  out.is_signed = kept.is_signed ? 1 : 0;
  out.format = decl.format;
  out.is_annotated = decl.annotated ? 1 : 0;
  tables_.items.insert(tables_.items.end(), items.begin(), items.end());
}

Item Builder::set_item(const SetDecl& decl, const SetItem& item) {
  Item out{};
  out.kind = item.kind;
  out.value = item.mask;
  out.shift = static_cast<uint8_t>(item.shift);
  out.abi_mask = item.constant.only;
  out.ref = item.kind == ItemKind::part ? part(decl, item) : spec::none;
  out.name = tables_.string(item.constant.name.text);
  return out;
}

// part MASK { ... } is an enum without a name of its own.
uint32_t Builder::part(const SetDecl& decl, const SetItem& item) {
  if (!item.as.text.empty()) {
    const Named named = program_.require(item.as, "enum");
    if (named.what == Named::What::set && !program_.unit.sets[named.index].flags) return named.index;
    if (named.what != Named::What::unknown)
      program_.diagnostics.error(item.as.loc, quoted(item.as.text) + " is not an enum");
    return spec::none;
  }
  const Shape shape = program_.scalar_shape(decl.base.text).value_or(Shape{});
  std::vector<Item> items;
  std::vector<const Constant*> constants;
  for (const Constant& name : item.names) {
    constants.push_back(&name);
    constant_items(name, shape, items);
    const ConstantValue value = layout_.value(name, shape);
    for (unsigned abi = 0; abi < abi_count; ++abi) {
      if ((value.abis >> abi & 1) == 0 || (value.on[abi] & ~item.mask) == 0 || name.alias) continue;
      program_.diagnostics.error(name.name.loc, quoted(name.name.text) + " does not fit the mask of its part");
      break;
    }
  }
  check_enum(decl.name.text, constants, shape);
  sort_items(items);
  spec::Set out{};
  out.first = static_cast<uint32_t>(tables_.items.size());
  out.count = static_cast<uint32_t>(items.size());
  out.width = shape.width;
  out.format = decl.format;
  tables_.items.insert(tables_.items.end(), items.begin(), items.end());
  tables_.sets.push_back(out);
  return static_cast<uint32_t>(tables_.sets.size() - 1);
}

void Builder::check_enum(std::string_view name, const std::vector<const Constant*>& constants, Shape shape) {
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    std::map<uint64_t, const Constant*> seen;
    for (const Constant* constant : constants) {
      if (constant->alias) continue;
      const ConstantValue value = layout_.value(*constant, shape);
      if ((value.abis >> abi & 1) == 0) continue;
      const auto [first, fresh] = seen.emplace(value.on[abi], constant);
      if (!fresh)
        program_.diagnostics.error(constant->name.loc, quoted(constant->name.text) + " has the value of " +
                                                           quoted(first->second->name.text) + " in " + quoted(name) +
                                                           " (mark a second name 'alias')");
    }
  }
}

// Names of several bits may overlap others, but not what a part has a name for.
void Builder::check_flags(const SetDecl& decl, Shape shape) {
  uint64_t parts = 0;
  uint64_t claimed = 0;
  std::vector<std::pair<uint64_t, uint64_t>> named;  // mask and value of a part that lists its names
  for (const SetItem& item : decl.items) {
    if (item.kind != ItemKind::part && item.kind != ItemKind::number) continue;
    if ((parts & item.mask) != 0)
      program_.diagnostics.error(item.loc, "parts of " + quoted(decl.name.text) + " overlap");
    parts |= item.mask;
    // Bits that no name of a part has go to the rest, where flags may claim them.
    if (item.kind == ItemKind::number || !item.as.text.empty()) claimed |= item.mask;
    for (const Constant& name : item.names)
      for (uint64_t bits : layout_.value(name, shape).on) named.emplace_back(item.mask, bits & item.mask);
  }
  const auto taken = [&](uint64_t bits) {
    return (bits & claimed) != 0 || std::ranges::any_of(named, [bits](const auto& part) {
             return part.second != 0 && (bits & part.first) == part.second;
           });
  };
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    std::map<uint64_t, const Constant*> seen;
    for (const SetItem& item : decl.items) {
      if (item.kind != ItemKind::constant || item.constant.alias) continue;
      const Constant& constant = item.constant;
      const ConstantValue value = layout_.value(constant, shape);
      if ((value.abis >> abi & 1) == 0) continue;
      const uint64_t bits = value.on[abi];
      if (taken(bits))
        program_.diagnostics.error(constant.name.loc,
                                   quoted(constant.name.text) + " overlaps a part of " + quoted(decl.name.text));
      if (bits == 0)
        program_.diagnostics.error(constant.name.loc, quoted(constant.name.text) + " has no bits; write: zero " +
                                                          std::string(constant.name.text));
      const auto [first, fresh] = seen.emplace(bits, &constant);
      if (!fresh && bits != 0)
        program_.diagnostics.error(constant.name.loc, quoted(constant.name.text) + " has the value of " +
                                                          quoted(first->second->name.text) + " in " +
                                                          quoted(decl.name.text) + " (mark a second name 'alias')");
    }
  }
}

}  // namespace ktspec
