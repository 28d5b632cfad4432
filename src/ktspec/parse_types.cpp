// Types, expressions and fields.
#include <algorithm>
#include <array>
#include <utility>

#include "parser.h"

namespace ktspec {

using spec::Op;

// [wide] [in|out|inout] NAME[(args)] [ [EXPR] | [*] | ... ] [as VIEW[(args)] | key SELECT[(args)]] [limit EXPR]
TypeExpr Parser::type() {
  TypeExpr out;
  out.wide = eat("wide");
  if (eat("in")) {
    out.dir = Direction::in;
  } else if (eat("out")) {
    out.dir = Direction::out;
  } else if (eat("inout")) {
    out.dir = Direction::inout;
  }
  out.base = name("a type");
  out.args = arguments();
  type_suffix(out);
  for (;;) {
    if (out.view_kind == ViewKind::none && (is("as") || is("key"))) {
      out.view_kind = eat("as") ? ViewKind::as : (next(), ViewKind::key);
      out.view = name(out.view_kind == ViewKind::as ? "a view" : "a select");
      out.view_args = arguments();
    } else if (!out.limit && eat("limit")) {
      out.limit = expr();
    } else {
      return out;
    }
  }
}

void Parser::type_suffix(TypeExpr& out) {
  if (is("...") && !cur().spaced) {
    next();
    out.suffix = Suffix::repeat;
  } else if (eat("[")) {
    if (eat("*")) {
      out.suffix = Suffix::rest;
    } else {
      out.suffix = Suffix::count;
      out.count = expr();
    }
    expect("]");
  }
}

std::vector<Expr> Parser::arguments() {
  std::vector<Expr> out;
  if (!is("(") || cur().spaced || !eat("(")) return out;
  if (eat(")")) return out;
  do out.push_back(expr());
  while (eat(","));
  expect(")");
  return out;
}

Expr Parser::binary(Op op, Loc loc, Expr a, Expr b) {
  Expr out;
  out.kind = Expr::Kind::binary;
  out.op = op;
  out.loc = loc;
  out.sub.push_back(std::move(a));
  out.sub.push_back(std::move(b));
  return out;
}

Expr Parser::expr() {
  Expr out = conjunction();
  for (Loc loc = cur().loc; eat("or"); loc = cur().loc) out = binary(Op::lor, loc, std::move(out), conjunction());
  return out;
}

Expr Parser::conjunction() {
  Expr out = negation();
  for (Loc loc = cur().loc; eat("and"); loc = cur().loc) out = binary(Op::land, loc, std::move(out), negation());
  return out;
}

Expr Parser::negation() {
  const Loc loc = cur().loc;
  if (!eat("not")) return comparison();
  Expr out;
  out.kind = Expr::Kind::lnot;
  out.loc = loc;
  out.sub.push_back(negation());
  return out;
}

Expr Parser::comparison() {
  static constexpr std::array<std::pair<std::string_view, Op>, 6> ops = {
      {{"==", Op::eq}, {"!=", Op::ne}, {"<", Op::lt}, {"<=", Op::le}, {">", Op::gt}, {">=", Op::ge}}};
  Expr out = operators(0);
  const Loc loc = cur().loc;
  if (eat("has")) {
    Expr has;
    has.kind = Expr::Kind::has;
    has.loc = loc;
    has.sub.push_back(std::move(out));
    do has.sub.push_back(operators(1));
    while (eat("|"));
    return has;
  }
  for (const auto& [text, op] : ops)
    if (eat(text)) return binary(op, loc, std::move(out), operators(0));
  return out;
}

// Binary operators by precedence, all left-associative: | & then << >> then + - then * /. Tighter than comparisons.
Expr Parser::operators(unsigned level) {
  struct Operator {
    unsigned level;
    std::string_view text;
    Op op;
  };
  static constexpr std::array<Operator, 8> ops = {{{0, "|", Op::bor},
                                                   {1, "&", Op::band},
                                                   {2, "<<", Op::shl},
                                                   {2, ">>", Op::shr},
                                                   {3, "+", Op::add},
                                                   {3, "-", Op::sub},
                                                   {4, "*", Op::mul},
                                                   {4, "/", Op::div}}};
  if (level > 4) return unary();
  Expr out = operators(level + 1);
  for (;;) {
    const auto found = std::ranges::find_if(ops, [&](const Operator& o) { return o.level == level && is(o.text); });
    if (found == ops.end()) return out;
    const Loc loc = cur().loc;
    next();
    out = binary(found->op, loc, std::move(out), operators(level + 1));
  }
}

Expr Parser::unary() {
  const Loc loc = cur().loc;
  if (!eat("-")) return primary();
  Expr zero;
  zero.loc = loc;
  Expr operand = unary();
  if (operand.kind == Expr::Kind::number) {
    operand.value = 0 - operand.value;
    return operand;
  }
  return binary(Op::sub, loc, std::move(zero), std::move(operand));
}

Expr Parser::primary() {
  using Kind = Expr::Kind;
  static constexpr std::array<std::pair<std::string_view, Kind>, 4> words = {
      {{"nonzero", Kind::nonzero}, {"ret", Kind::ret}, {"failed", Kind::failed}, {"avail", Kind::avail}}};
  Expr out;
  out.loc = cur().loc;
  if (eat("(")) {
    out = expr();
    expect(")");
    return out;
  }
  if (is_number()) {
    out.value = number("a number");
    return out;
  }
  for (const auto& [text, kind] : words) {
    if (!eat(text)) continue;
    out.kind = kind;
    return out;
  }
  if (is("peek") || is("old")) {
    const bool peek = is("peek");
    next();
    out.kind = peek ? Kind::peek : Kind::old;
    out.path.push_back(name(peek ? "a scalar type" : "an argument"));
    return out;
  }
  out.kind = Kind::name;
  out.path.push_back(name("a value"));
  while (eat(".")) out.path.push_back(name("a member"));
  return out;
}

FieldDecl Parser::field() {
  FieldDecl out;
  out.name = name("a name");
  expect(":");
  out.type = type();
  field_modifiers(out);
  return out;
}

void Parser::field_modifiers(FieldDecl& out) {
  for (;;) {
    if (!out.when && eat("when")) {
      out.when = expr();
    } else if (eat("on")) {
      expect("exit");
      out.on_exit = true;
    } else if (eat("verbose")) {
      out.verbose = true;
    } else if (eat("hidden")) {
      out.hidden = true;
    } else if (eat("since")) {
      out.since = version();
    } else {
      return;
    }
  }
}

uint32_t Parser::version() {
  const uint32_t major = small("a version");
  uint32_t minor = 0;
  if (eat(".")) minor = small("a version");
  return major << 16 | minor << 8;
}

}  // namespace ktspec
