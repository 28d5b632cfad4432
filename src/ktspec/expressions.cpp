#include "expressions.h"

#include <algorithm>

namespace ktspec {

using spec::Op;
using What = Named::What;

void Expressions::word(uint32_t value) {
  for (unsigned k = 0; k < 4; ++k) byte(value >> 8 * k & 0xff);
}

spec::Code Expressions::compile(const Expr& expr, const Scope& scope) {
  scope_ = &scope;
  bytes_.clear();
  emit(expr);
  op(Op::end);
  return tables_.add_code(bytes_);
}

spec::Code Expressions::param(unsigned k) {
  bytes_.clear();
  op(Op::param);
  byte(k);
  op(Op::end);
  return tables_.add_code(bytes_);
}

void Expressions::emit_number(const PerAbi<uint64_t>& values) {
  op(Op::imm);
  word(tables_.imm(values));
}

Expressions::Kept Expressions::emit(const Expr& expr) {
  using Kind = Expr::Kind;
  switch (expr.kind) {
    case Kind::number: emit_constant(expr, {}); return {};
    case Kind::name: return emit_name(expr);
    case Kind::binary: return emit_binary(expr);
    case Kind::peek: return emit_peek(expr);
    case Kind::has: emit_has(expr); return {};
    case Kind::old: emit_old(expr); return {};
    case Kind::lnot:
      emit(expr.sub[0]);
      op(Op::lnot);
      return {};
    case Kind::nonzero:
      if (scope_->count) program_.diagnostics.error(expr.loc, "'nonzero' stands in conditions");
      op(Op::nonzero);
      return {};
    case Kind::ret: op(Op::ret); return Shape{8, true, false};
    case Kind::failed: op(Op::failed); return {};
    case Kind::avail:
      if (scope_->record == spec::none) program_.diagnostics.error(expr.loc, "'avail' stands in structs and tuples");
      op(Op::avail);
      return {};
  }
  return {};
}

// A name is an argument or a member, else a parameter, else a constant.
Expressions::Kept Expressions::emit_name(const Expr& expr) {
  const std::string_view name = expr.path[0].text;
  if (scope_->args != nullptr) {
    const auto& args = *scope_->args;
    for (unsigned k = 0; k < args.size(); ++k)
      if (args[k]->name.text == name) return emit_argument(expr, k);
  }
  if (scope_->record != spec::none) {
    const auto& fields = program_.unit.records[scope_->record].fields;
    const auto same = [&](const FieldDecl& field) { return field.name.text == name; };
    if (std::ranges::any_of(fields, same)) return emit_member(expr);
  }
  if (scope_->params != nullptr) {
    const auto& params = *scope_->params;
    for (unsigned k = 0; k < params.size(); ++k) {
      if (params[k].text != name) continue;
      op(Op::param);
      byte(k);
      if (expr.path.size() > 1) emit_property(expr.path[1]);
      return {};
    }
  }
  if (!emit_constant(expr, {})) unknown_name(expr);
  return {};
}

void Expressions::unknown_name(const Expr& expr) {
  const Ident name = expr.path[0];
  if (name.text.empty()) return;
  Suggestion suggestion(name.text);
  if (scope_->args != nullptr)
    for (const FieldDecl* arg : *scope_->args) suggestion.consider(arg->name.text);
  if (scope_->record != spec::none)
    for (const FieldDecl& field : program_.unit.records[scope_->record].fields) suggestion.consider(field.name.text);
  if (scope_->params != nullptr)
    for (const Ident& param : *scope_->params) suggestion.consider(param.text);
  layout_.suggest_constants(suggestion);
  program_.diagnostics.error(name.loc, "unknown name " + quoted(name.text) + suggestion.text());
}

// fd.protocol, sock.family
void Expressions::emit_property(const Ident& name) {
  op(Op::prop);
  byte(name.text == "family" ? 1 : 0);
  if (name.text != "protocol" && name.text != "family")
    program_.diagnostics.error(name.loc, "a descriptor has 'protocol' and 'family', not " + quoted(name.text));
}

// The type of an argument; if a select decides it, what it mostly is.
const TypeExpr& Expressions::argument_type(unsigned k) {
  const TypeExpr& own = (*scope_->args)[k]->type;
  const Named select = program_.find(own.base.text);
  if (select.what != What::select || own.dir != Direction::none) return own;
  const auto& otherwise = program_.unit.selects[select.index].otherwise;
  return otherwise ? *otherwise : own;
}

// An argument that points to a scalar counts as what it points to.
Expressions::Kept Expressions::emit_argument(const Expr& expr, unsigned k) {
  const TypeExpr& type = argument_type(k);
  op(Op::arg);
  byte(k);
  if (expr.path.size() > 1) {
    emit_property(expr.path[1]);
    return {};
  }
  if (const auto pointee = program_.pointee(type)) {
    op(Op::deref);
    byte(pointee->shape.width);
    byte(pointee->shape.is_signed ? 1 : 0);
    return pointee->shape;
  }
  return program_.storage(type);
}

Expressions::Member Expressions::find_member(const std::vector<Ident>& path, uint32_t record, unsigned abi) {
  uint32_t offset = 0;
  for (size_t step = 0; step < path.size(); ++step) {
    const RecordDecl& decl = program_.unit.records[record];
    const auto field = std::ranges::find(decl.fields, path[step].text, [](const FieldDecl& f) { return f.name.text; });
    if (field == decl.fields.end()) {
      Suggestion suggestion(path[step].text);
      for (const FieldDecl& other : decl.fields) suggestion.consider(other.name.text);
      program_.diagnostics.error(
          path[step].loc, quoted(decl.name.text) + " has no member " + quoted(path[step].text) + suggestion.text());
      return {};
    }
    const auto& offsets = layout_.record(record).offsets;
    const auto at = static_cast<size_t>(field - decl.fields.begin());
    if (at >= offsets.size()) return {};  // contains itself: reported
    if (offsets[at][abi] == spec::none) {
      program_.diagnostics.error(path[step].loc, quoted(path[step].text) + " has no fixed place");
      return {};
    }
    offset += offsets[at][abi];
    if (step + 1 == path.size()) {
      const auto shape = program_.storage(field->type);
      if (shape) return {offset, &*field, *shape};
      if (program_.find(field->type.base.text).what != What::unknown)
        program_.diagnostics.error(path[step].loc, quoted(path[step].text) + " is not a single number");
      return {};
    }
    const Named named = program_.find(field->type.base.text);
    if (named.what != What::record || field->type.dir != Direction::none || field->type.suffix != Suffix::none) {
      program_.diagnostics.error(path[step].loc, quoted(path[step].text) + " is not a struct");
      return {};
    }
    record = program_.record_on(named.index, abi);
  }
  return {};
}

Expressions::Kept Expressions::emit_member(const Expr& expr) {
  std::vector<Ident> path = expr.path;
  // The protocol of a descriptor that is a member.
  const RecordDecl& decl = program_.unit.records[scope_->record];
  const auto first = std::ranges::find(decl.fields, path[0].text, [](const FieldDecl& f) { return f.name.text; });
  const bool property = path.size() == 2 && program_.storage(first->type).has_value();
  if (property) path.pop_back();
  spec::Load load{};
  const FieldDecl* field = nullptr;
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    const Member member = find_member(path, scope_->record, abi);
    if (member.field == nullptr) return {};
    field = member.field;
    load.offset[abi] = member.offset;
    load.width[abi] = static_cast<uint8_t>(program_.width_on(member.shape.width, abi));
    load.is_signed = member.shape.is_signed ? 1 : 0;
    load.big_endian = member.shape.big_endian ? 1 : 0;
  }
  op(Op::load);
  word(tables_.load(load));
  if (field->bits != 0) {
    op(Op::bits);
    byte(field->bit);
    byte(field->bits);
    return {};
  }
  if (property) {
    emit_property(expr.path[1]);
    return {};
  }
  return program_.storage(field->type);
}

const ConstantValue* Expressions::constant_named(const Expr& expr) {
  if (expr.kind != Expr::Kind::name || expr.path.size() != 1) return nullptr;
  return layout_.find_constant(expr.path[0].text);
}

// On ABIs that lack a constant it has a value that no number is equal to and that no flags contain.
bool Expressions::emit_constant(const Expr& expr, Kept as) {
  static constexpr uint64_t absent = 0x8000'0000'dead'0001;
  PerAbi<uint64_t> values{};
  uint8_t abis = all_abis;
  if (expr.kind == Expr::Kind::number) {
    values.fill(expr.value);
  } else if (const ConstantValue* constant = constant_named(expr)) {
    values = constant->on;
    abis = constant->abis;
  } else {
    return false;
  }
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    if (as) {
      const unsigned width = program_.width_on(as->width, abi);
      const unsigned spare = 64 - 8 * width;
      values[abi] <<= spare;
      values[abi] =
          as->is_signed ? static_cast<uint64_t>(static_cast<int64_t>(values[abi]) >> spare) : values[abi] >> spare;
    }
    if ((abis >> abi & 1) == 0) values[abi] = absent;
  }
  emit_number(values);
  return true;
}

Expressions::Kept Expressions::emit_binary(const Expr& expr) {
  const bool compares = expr.op >= Op::eq && expr.op <= Op::ge;
  const Kept left = emit(expr.sub[0]);
  // -1 in a u32 is 0xffffffff: constants take the form of what they are compared with.
  const bool local = expr.sub[1].kind == Expr::Kind::name && constant_named(expr.sub[1]) == nullptr;
  if (!compares || local || !emit_constant(expr.sub[1], left)) emit(expr.sub[1]);
  op(expr.op);
  return {};
}

// x has A|B: any one of them, each in full.
void Expressions::emit_has(const Expr& expr) {
  for (size_t k = 1; k < expr.sub.size(); ++k) {
    emit(expr.sub[0]);
    emit(expr.sub[k]);
    op(Op::has);
    if (k > 1) op(Op::lor);
  }
}

Expressions::Kept Expressions::emit_peek(const Expr& expr) {
  const Ident name = expr.path[0];
  const auto shape = program_.scalar_shape(name.text);
  if (!shape) program_.diagnostics.error(name.loc, "'peek' needs a scalar type, not " + quoted(name.text));
  if (!scope_->peek)
    program_.diagnostics.error(expr.loc, "'peek' stands in the parameters of what a pointer points to");
  op(Op::peek);
  byte(shape ? shape->width : 0);
  return shape;
}

void Expressions::emit_old(const Expr& expr) {
  const Ident name = expr.path[0];
  if (scope_->args != nullptr) {
    const auto& args = *scope_->args;
    for (unsigned k = 0; k < args.size(); ++k) {
      if (args[k]->name.text != name.text) continue;
      const auto pointee = program_.pointee(argument_type(k));
      if (!pointee || pointee->dir != Direction::inout)
        program_.diagnostics.error(name.loc, quoted(name.text) + " is not an inout argument");
      op(Op::old);
      byte(k);
      return;
    }
  }
  unknown_name(expr);
}

}  // namespace ktspec
