#include "types.h"

#include <string>

namespace ktspec {

using spec::Format;
using spec::Kind;
using spec::Type;
using What = Named::What;

static Type blank(Kind kind, uint8_t width) {
  Type out{};
  out.kind = kind;
  out.width = width;
  out.ref = spec::none;
  out.elem = spec::none;
  out.count = spec::none;
  out.limit = spec::none;
  return out;
}

static void add_flag(Type& type, unsigned flag) {
  type.flags = static_cast<uint16_t>(type.flags | flag);
}

uint32_t Types::build(const FieldDecl& field, const Scope& scope) {
  if (field.bits == 0) return build(field.type, scope);
  const auto shape = program_.storage(field.type);
  if (!shape) program_.diagnostics.error(field.type.base.loc, "bit-fields need a scalar type");
  Type out = single(field.type, scope);
  view(field.type, out, scope);
  out.bit = field.bit;
  out.bits = field.bits;
  return tables_.type(out);
}

uint32_t Types::build(const TypeExpr& type, const Scope& scope) {
  Scope inner = scope;
  inner.peek |= type.dir != Direction::none;
  Type out = single(type, inner);
  view(type, out, inner);
  suffix(type, out, inner);
  if (type.dir == Direction::none) {
    if (type.limit) program_.diagnostics.error(type.limit->loc, "'limit' belongs to a pointer");
    if (type.wide) {
      if (out.kind != Kind::addr) program_.diagnostics.error(type.base.loc, "'wide' belongs to a pointer or address");
      add_flag(out, spec::type_wide);
      out.width = 8;
    }
    return tables_.type(out);
  }
  Scope outer = scope;
  outer.count = true;
  Type pointer = blank(Kind::pointer, type.wide ? 8 : 0);
  if (type.dir != Direction::out) add_flag(pointer, spec::type_in);
  if (type.dir != Direction::in) add_flag(pointer, spec::type_out);
  if (type.wide) add_flag(pointer, spec::type_wide);
  pointer.elem = tables_.type(out);
  pointer.limit = expressions_.compile(type.limit, outer);
  return tables_.type(pointer);
}

uint32_t Types::whole(Kind kind, uint32_t ref, size_t params, uint8_t width) {
  Type out = blank(kind, width);
  out.ref = ref;
  std::vector<spec::Code> args;
  for (unsigned k = 0; k < params; ++k) args.push_back(expressions_.param(k));
  out.arg_count = static_cast<uint8_t>(args.size());
  out.args = tables_.arguments(args);
  return tables_.type(out);
}

Type Types::single(const TypeExpr& type, const Scope& scope) {
  const Named named = program_.require(type.base, "type");
  switch (named.what) {
    case What::builtin: return builtin(type);
    case What::set: no_arguments(type.args, type.base); return set(named.index);
    case What::native: return native(type, named.index, scope);
    case What::select: return select(type, named.index, scope);
    case What::record: {
      const RecordDecl& decl = program_.unit.records[named.index];
      Type out = blank(decl.tuple ? Kind::tuple : Kind::record, 0);
      out.ref = named.index;
      arguments(type.args, decl.params.size(), type.base, out, scope);
      return out;
    }
    case What::unknown: break;
  }
  return blank(Kind::none, 0);
}

Type Types::builtin(const TypeExpr& type) {
  no_arguments(type.args, type.base);
  const Builtin* found = find_builtin(type.base.text);
  Type out = blank(found->kind, found->width);
  if (found->big_endian) add_flag(out, spec::type_big_endian);
  return out;
}

Type Types::set(uint32_t index) {
  const SetDecl& decl = program_.unit.sets[index];
  const Shape shape = program_.scalar_shape(decl.base.text).value_or(Shape{});
  Type out = blank(Kind::set, shape.width);
  if (shape.big_endian) add_flag(out, spec::type_big_endian);
  out.format = decl.format;
  out.ref = index;
  return out;
}

Type Types::native(const TypeExpr& type, uint32_t index, const Scope& scope) {
  const NativeDecl& decl = program_.unit.natives[index];
  const auto shape = program_.scalar_shape(decl.base.text);
  Type out = blank(shape ? Kind::native : Kind::object, shape ? shape->width : uint8_t{0});
  if (shape && shape->big_endian) add_flag(out, spec::type_big_endian);
  out.ref = index;
  arguments(type.args, decl.params.size(), type.base, out, scope);
  return out;
}

Type Types::select(const TypeExpr& type, uint32_t index, const Scope& scope) {
  const SelectDecl& decl = program_.unit.selects[index];
  Type out = blank(decl.attrs ? Kind::attrs : Kind::select, 0);
  out.ref = index;
  arguments(type.args, decl.params.size(), type.base, out, scope);
  return out;
}

void Types::no_arguments(const std::vector<Expr>& args, Ident name) {
  if (!args.empty()) program_.diagnostics.error(name.loc, quoted(name.text) + " takes no parameters");
}

void Types::arguments(const std::vector<Expr>& args, size_t expected, Ident name, Type& out, const Scope& scope) {
  if (args.size() != expected)
    program_.diagnostics.error(name.loc, quoted(name.text) + " takes " + std::to_string(expected) +
                                             (expected == 1 ? " parameter, not " : " parameters, not ") +
                                             std::to_string(args.size()));
  Scope inner = scope;
  inner.count = true;
  std::vector<spec::Code> codes;
  codes.reserve(args.size());
  for (const Expr& arg : args) codes.push_back(expressions_.compile(arg, inner));
  out.arg_count = static_cast<uint8_t>(codes.size());
  out.args = tables_.arguments(codes);
}

// STORAGE as VIEW: the storage's width and byte order, the view's meaning.
void Types::view(const TypeExpr& type, Type& out, const Scope& scope) {
  if (type.view_kind == ViewKind::none) return;
  const Builtin* storage = find_scalar(type.base.text);
  const bool plain = storage != nullptr && (storage->kind == Kind::uint || storage->kind == Kind::sint);
  const bool known = program_.find(type.base.text).what != What::unknown;
  const std::string_view view = type.view.text;
  const bool format = view == "hex" || view == "oct" || view == "decimal";
  if (format && known && (plain || out.kind == Kind::set || out.kind == Kind::native)) {
    no_arguments(type.view_args, type.view);
    out.format = view == "hex" ? Format::hex : view == "oct" ? Format::octal : Format::decimal;
    return;
  }
  if (!plain) {
    if (known)
      program_.diagnostics.error(type.view.loc,
                                 "a view needs a scalar before it, and " + quoted(type.base.text) + " is none");
    return;
  }
  if (type.view_kind == ViewKind::key) return key(type, out, scope);
  const uint16_t order = out.flags;
  TypeExpr as = type;
  as.base = type.view;
  as.args = type.view_args;
  const Named named = program_.require(type.view, "view");
  if (named.what == What::unknown) return;
  if (named.what == What::builtin) return view_scalar(type, *find_builtin(view), out);
  Type meaning = single(as, scope);
  if (meaning.kind != Kind::set && meaning.kind != Kind::native && meaning.kind != Kind::select) {
    program_.diagnostics.error(type.view.loc, quoted(view) + " is not a view of a number");
    return;
  }
  meaning.width = storage->width;
  meaning.flags = order;
  out = meaning;
}

void Types::view_scalar(const TypeExpr& type, const Builtin& builtin, Type& out) {
  no_arguments(type.view_args, type.view);
  switch (builtin.kind) {
    case Kind::fd:
    case Kind::dirfd:
    case Kind::pid:
    case Kind::addr: out.kind = builtin.kind; break;
    default: program_.diagnostics.error(type.view.loc, quoted(type.view.text) + " is not a view of a number");
  }
}

void Types::key(const TypeExpr& type, Type& out, const Scope& scope) {
  const Named named = program_.require(type.view, "select");
  if (named.what == What::unknown) return;
  if (named.what != What::select || program_.unit.selects[named.index].attrs) {
    program_.diagnostics.error(type.view.loc, quoted(type.view.text) + " is not a select");
    return;
  }
  out.kind = Kind::key;
  out.ref = named.index;
  arguments(type.view_args, program_.key_count(named.index) - 1, type.view, out, scope);
}

void Types::suffix(const TypeExpr& type, Type& out, const Scope& scope) {
  Scope inner = scope;
  inner.count = true;
  switch (type.suffix) {
    case Suffix::none: return;
    case Suffix::count:
      add_flag(out, spec::type_array);
      out.count = expressions_.compile(*type.count, inner);
      return;
    case Suffix::rest: add_flag(out, spec::type_rest); return;
    case Suffix::repeat: add_flag(out, spec::type_repeat); return;
  }
}

static bool reaches(const Unit& unit, const Tables& tables, const Type& type, unsigned flag) {
  const auto marked = [&](uint32_t index) { return index != spec::none && (tables.types[index].flags & flag) != 0; };
  const bool wants_path = flag == spec::type_reaches_path;
  switch (type.kind) {
    case Kind::path: return wants_path;
    case Kind::fd:
    case Kind::dirfd: return !wants_path;
    case Kind::pointer: return marked(type.elem);
    case Kind::native:
    case Kind::object: return wants_path ? unit.natives[type.ref].reaches_path : unit.natives[type.ref].reaches_fd;
    case Kind::record:
    case Kind::tuple: {
      for (uint32_t form : tables.records[type.ref].variant) {
        const spec::Record& record = tables.records[form];
        for (uint32_t k = 0; k < record.count; ++k)
          if (marked(tables.fields[record.first + k].type)) return true;
      }
      return false;
    }
    case Kind::select:
    case Kind::attrs: {
      const spec::Select& select = tables.selects[type.ref];
      for (uint32_t k = 0; k < select.count; ++k)
        if (marked(tables.cases[select.first + k].type)) return true;
      return marked(select.otherwise);
    }
    default: return false;
  }
}

void mark_reaching_types(const Unit& unit, Tables& tables) {
  for (bool again = true; again;) {
    again = false;
    for (Type& type : tables.types) {
      for (unsigned flag : {spec::type_reaches_path, spec::type_reaches_fd}) {
        if ((type.flags & flag) != 0 || !reaches(unit, tables, type, flag)) continue;
        add_flag(type, flag);
        again = true;
      }
    }
  }
}

}  // namespace ktspec
