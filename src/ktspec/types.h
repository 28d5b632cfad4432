// Type expressions to entries of spec::types[].
#pragma once

#include "expressions.h"

namespace ktspec {

class Types {
 public:
  Types(Program& program, Layout& layout, Tables& tables)
      : program_(program), tables_(tables), expressions_(program, layout, tables) {}

  uint32_t build(const TypeExpr& type, const Scope& scope);
  // Of a field: knows about bit-fields.
  uint32_t build(const FieldDecl& field, const Scope& scope);
  // A select or native as it stands, its own parameters handed through.
  uint32_t whole(spec::Kind kind, uint32_t ref, size_t params, uint8_t width);
  Expressions& expressions() { return expressions_; }

 private:
  spec::Type single(const TypeExpr& type, const Scope& scope);
  spec::Type builtin(const TypeExpr& type);
  spec::Type set(uint32_t index);
  spec::Type native(const TypeExpr& type, uint32_t index, const Scope& scope);
  spec::Type select(const TypeExpr& type, uint32_t index, const Scope& scope);
  void view(const TypeExpr& type, spec::Type& out, const Scope& scope);
  void view_scalar(const TypeExpr& type, const Builtin& builtin, spec::Type& out);
  void key(const TypeExpr& type, spec::Type& out, const Scope& scope);
  void suffix(const TypeExpr& type, spec::Type& out, const Scope& scope);
  void arguments(const std::vector<Expr>& args, size_t expected, Ident name, spec::Type& out, const Scope& scope);
  void no_arguments(const std::vector<Expr>& args, Ident name);

  Program& program_;
  Tables& tables_;
  Expressions expressions_;
};

// Sets type_reaches_path and type_reaches_fd, through structs, selects and pointers.
void mark_reaching_types(const Unit& unit, Tables& tables);

}  // namespace ktspec
