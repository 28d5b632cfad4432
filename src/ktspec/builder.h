// From checked declarations to tables. Whatever is wrong with an item is reported here, while it is built.
#pragma once

#include <span>

#include "types.h"

namespace ktspec {

class Builder {
 public:
  Builder(Program& program, Layout& layout, Tables& tables)
      : program_(program), layout_(layout), tables_(tables), types_(program, layout, tables) {}

  void build();

 private:
  using Args = std::vector<const FieldDecl*>;

  // Sets (build_sets.cpp)
  void sets();
  void set(const SetDecl& decl, spec::Set& out);
  void constant_items(const Constant& constant, Shape shape, std::vector<spec::Item>& out);
  spec::Item set_item(const SetDecl& decl, const SetItem& item);
  uint32_t part(const SetDecl& decl, const SetItem& item);
  void check_enum(std::string_view name, const std::vector<const Constant*>& constants, Shape shape);
  void check_flags(const SetDecl& decl, Shape shape);

  // Structs and selects (build_records.cpp)
  void natives();
  void records();
  void record(uint32_t index);
  std::vector<size_t> shown_order(const RecordDecl& decl);
  void check_names(const RecordDecl& decl);
  void mark_exits();
  void selects();
  void select(uint32_t index);
  void groups(const SelectDecl& decl, spec::Select& out);
  std::vector<spec::Case> one_case(const CaseDecl& decl, const Scope& scope, std::vector<Loc>& places);
  uint32_t plain_bytes();
  bool exits(const spec::Type& type) const;

  // System calls (build_calls.cpp)
  void calls();
  void call(const CallDecl& decl, spec::Call& out);
  spec::Call plain_call(const CallDecl& decl, const Args& args, const std::optional<TypeExpr>& result);
  void check_arguments(const Args& args);
  void variants(const CallDecl& decl, spec::Call& out, const Scope& scope);
  uint32_t plain_by(const CallDecl& decl) const;

  // Rows (build_rows.cpp)
  void rows();
  std::optional<spec::Row> row(const RowDecl& decl, unsigned abi);
  void sub_rows(const RowDecl& decl, unsigned abi, spec::Row& out);
  void assign_registers(const RowDecl& decl, const CallDecl& call, unsigned abi, spec::Row& out);
  std::vector<unsigned> register_order(const RowDecl& decl, const Args& args);
  bool place_arguments(const RowDecl& decl, const Args& args, unsigned abi, spec::Row& out);
  uint64_t classes(const CallDecl& call);

  Program& program_;
  Layout& layout_;
  Tables& tables_;
  Types types_;
};

uint32_t field_flags(const FieldDecl& field);
// All arguments of a variant: those of the call, then its own.
std::vector<const FieldDecl*> all_arguments(const CallDecl& call, const VariantDecl* variant);

}  // namespace ktspec
