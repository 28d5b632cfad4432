// Expressions to bytecode (spec::Op). What a name means depends on where the expression stands: the Scope.
#pragma once

#include "layout.h"
#include "tables.h"

namespace ktspec {

struct Scope {
  const std::vector<const FieldDecl*>* args = nullptr;  // in a call
  uint32_t record = spec::none;                         // in a struct or tuple
  const std::vector<Ident>* params = nullptr;           // of a struct or select
  bool peek = false;                                    // inside the parameters of a pointer's pointee
  bool count = false;                                   // `nonzero` means nothing here
};

class Expressions {
 public:
  Expressions(Program& program, Layout& layout, Tables& tables) : program_(program), layout_(layout), tables_(tables) {}

  spec::Code compile(const Expr& expr, const Scope& scope);
  spec::Code compile(const std::optional<Expr>& expr, const Scope& scope) {
    return expr ? compile(*expr, scope) : spec::none;
  }
  // Hands the k-th parameter through.
  spec::Code param(unsigned k);

 private:
  // Of the value on top: known if it came from memory or a register.
  using Kept = std::optional<Shape>;

  Kept emit(const Expr& expr);
  Kept emit_name(const Expr& expr);
  const TypeExpr& argument_type(unsigned k);
  Kept emit_argument(const Expr& expr, unsigned k);
  Kept emit_member(const Expr& expr);
  Kept emit_binary(const Expr& expr);
  void emit_has(const Expr& expr);
  Kept emit_peek(const Expr& expr);
  void emit_old(const Expr& expr);
  void emit_property(const Ident& name);
  void emit_number(const PerAbi<uint64_t>& values);
  // A constant in the form that a number of this shape has; false if the expression is no constant.
  bool emit_constant(const Expr& expr, Kept as);
  const ConstantValue* constant_named(const Expr& expr);
  void unknown_name(const Expr& expr);

  struct Member {
    uint32_t offset = 0;
    const FieldDecl* field = nullptr;
    Shape shape;
  };
  // The member on one ABI; no field if there is none, after an error.
  Member find_member(const std::vector<Ident>& path, uint32_t record, unsigned abi);

  void op(spec::Op op) { bytes_ += static_cast<char>(op); }
  void byte(unsigned value) { bytes_ += static_cast<char>(value); }
  void word(uint32_t value);

  Program& program_;
  Layout& layout_;
  Tables& tables_;
  const Scope* scope_ = nullptr;
  std::string bytes_;
};

}  // namespace ktspec
