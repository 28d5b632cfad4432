// System calls and their variants.
#include <algorithm>
#include <tuple>

#include "builder.h"

namespace ktspec {

using spec::Kind;

std::vector<const FieldDecl*> all_arguments(const CallDecl& call, const VariantDecl* variant) {
  std::vector<const FieldDecl*> out;
  for (const FieldDecl& arg : call.args) out.push_back(&arg);
  if (variant != nullptr)
    for (const FieldDecl& arg : variant->args) out.push_back(&arg);
  return out;
}

// Calls of variants follow those with a name of their own.
void Builder::calls() {
  tables_.calls.resize(program_.unit.calls.size());
  for (size_t k = 0; k < program_.unit.calls.size(); ++k) {
    spec::Call out{};
    call(program_.unit.calls[k], out);
    tables_.calls[k] = out;
  }
}

void Builder::check_arguments(const Args& args) {
  bool optional = false;
  for (size_t k = 0; k < args.size(); ++k) {
    const FieldDecl& arg = *args[k];
    const auto last = args.begin() + static_cast<std::ptrdiff_t>(k);
    const auto same = [&](const FieldDecl* other) { return other->name.text == arg.name.text; };
    if (std::find_if(args.begin(), last, same) != last)
      program_.diagnostics.error(arg.name.loc, "two arguments " + quoted(arg.name.text));
    if (optional && !arg.when && !arg.hidden)
      program_.diagnostics.error(
          arg.name.loc, "argument " + quoted(arg.name.text) + " follows an optional one and must be optional too");
    if (arg.verbose) program_.diagnostics.error(arg.name.loc, "arguments are never left out without -v");
    optional |= arg.when.has_value();
  }
  if (args.size() > 8) program_.diagnostics.error(args[8]->name.loc, "a system call has at most 8 arguments");
}

spec::Call Builder::plain_call(const CallDecl& decl, const Args& args, const std::optional<TypeExpr>& result) {
  const Scope scope{.args = &args};
  check_arguments(args);
  std::vector<spec::Field> fields;
  for (const FieldDecl* arg : args) {
    spec::Field field{};
    field.name = tables_.string(arg->name.text);
    field.type = types_.build(arg->type, scope);
    field.when = types_.expressions().compile(arg->when, scope);
    field.flags = field_flags(*arg);
    fields.push_back(field);
  }
  spec::Call out{};
  out.name = tables_.string(decl.name.text);
  out.first = static_cast<uint32_t>(tables_.fields.size());
  out.count = static_cast<uint32_t>(fields.size());
  out.ret = spec::none;
  out.by = spec::none;
  out.by_arg = spec::none;
  out.otherwise = spec::none;
  if (result && result->base.text == "never") {
    out.flags |= static_cast<uint16_t>(spec::CallFlag::never_returns);
  } else if (result) {
    if (result->dir != Direction::none)
      program_.diagnostics.error(result->base.loc, "a result is a number, not a pointer");
    out.ret = types_.build(*result, scope);
  }
  out.reads = decl.reads;
  out.writes = decl.writes;
  if (decl.labelled) out.flags |= static_cast<uint16_t>(spec::CallFlag::labelled);
  tables_.fields.insert(tables_.fields.end(), fields.begin(), fields.end());
  return out;
}

void Builder::call(const CallDecl& decl, spec::Call& out) {
  const Args args = all_arguments(decl, nullptr);
  const Scope scope{.args = &args};
  out = plain_call(decl, args, decl.result);
  if (!decl.by) return;
  out.by = types_.expressions().compile(*decl.by, scope);
  out.by_arg = plain_by(decl);
  out.unknown = tables_.unknown(decl.prefix);
  variants(decl, out, scope);
}

// `by cmd`, where cmd is a number without a meaning of its own: then it shows as the name of the variant's key.
uint32_t Builder::plain_by(const CallDecl& decl) const {
  if (decl.by->kind != Expr::Kind::name || decl.by->path.size() != 1) return spec::none;
  for (uint32_t k = 0; k < decl.args.size(); ++k) {
    if (decl.args[k].name.text != decl.by->path[0].text) continue;
    const TypeExpr& type = decl.args[k].type;
    const Builtin* scalar = find_scalar(type.base.text);
    const bool number = scalar != nullptr && (scalar->kind == Kind::uint || scalar->kind == Kind::sint);
    const bool plain = type.dir == Direction::none && type.suffix == Suffix::none && type.view_kind == ViewKind::none;
    return number && plain ? k : spec::none;
  }
  return spec::none;
}

void Builder::variants(const CallDecl& decl, spec::Call& out, const Scope&) {
  struct Keyed {
    spec::Variant variant;
    Loc loc;
  };
  std::vector<Keyed> all;
  for (const VariantDecl& one : decl.variants) {
    const spec::Call built = plain_call(decl, all_arguments(decl, &one), one.result ? one.result : decl.result);
    const auto index = static_cast<uint32_t>(tables_.calls.size());
    tables_.calls.push_back(built);
    if (!one.key) {
      if (out.otherwise != spec::none) program_.diagnostics.error(one.loc, quoted(decl.name.text) + " has two 'else'");
      out.otherwise = index;
      continue;
    }
    const ConstantValue key = layout_.key_value(*one.key);
    const size_t first = all.size();
    for (unsigned abi = 0; abi < abi_count; ++abi) {
      if ((key.abis >> abi & 1) == 0) continue;
      auto same = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                               [&](const Keyed& other) { return other.variant.key == key.on[abi]; });
      if (same == all.end()) {
        spec::Variant variant{key.on[abi], tables_.string(one.key->name.text), index, 0, {}};
        same = all.insert(all.end(), {variant, one.key->name.loc});
      }
      same->variant.abi_mask = static_cast<uint8_t>(same->variant.abi_mask | 1u << abi);
    }
  }
  std::ranges::stable_sort(all, [](const Keyed& a, const Keyed& b) {
    return std::tuple(a.variant.key, a.variant.abi_mask) < std::tuple(b.variant.key, b.variant.abi_mask);
  });
  out.variants = static_cast<uint32_t>(tables_.variants.size());
  out.variant_count = static_cast<uint32_t>(all.size());
  for (size_t k = 0; k < all.size(); ++k) {
    for (size_t j = k; j-- > 0 && all[j].variant.key == all[k].variant.key;) {
      if ((all[j].variant.abi_mask & all[k].variant.abi_mask) == 0) continue;
      const auto [early, late] = std::minmax(all[j].loc, all[k].loc);
      program_.diagnostics.error(
          late, quoted(decl.name.text) + " has another variant with this key in " + program_.diagnostics.where(early));
      break;
    }
    tables_.variants.push_back(all[k].variant);
  }
}

}  // namespace ktspec
