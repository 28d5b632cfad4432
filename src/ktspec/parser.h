// Recursive descent over the words of one file; the grammar is that of syscalls/README.md. After a syntax error the
// parser stands on the end token, so that every loop ends by itself; it goes on at the next item that begins in
// column 1.
#pragma once

#include <initializer_list>

#include "ast.h"
#include "scanner.h"

namespace ktspec {

class Parser {
 public:
  Parser(std::vector<Token> tokens, Diagnostics& diagnostics, Unit& unit)
      : tokens_(std::move(tokens)), diagnostics_(diagnostics), unit_(unit) {}

  void parse_descriptions();
  void parse_rows(unsigned abi);

 private:
  // Words (parser.cpp)
  [[nodiscard]] const Token& cur() const { return tokens_[pos_]; }
  [[nodiscard]] const Token& ahead(size_t n) const { return tokens_[std::min(pos_ + n, tokens_.size() - 1)]; }
  [[nodiscard]] bool is(std::string_view text) const;
  [[nodiscard]] bool is_name() const { return cur().kind == Token::Kind::name; }
  [[nodiscard]] bool is_number() const { return cur().kind == Token::Kind::number; }
  bool eat(std::string_view text);
  void expect(std::string_view text);
  void fail(const std::string& message);
  void fail_expected(std::string_view what);
  void next();
  void skip_newlines();
  bool more(std::string_view close);  // in a { } list: false at its end, which is eaten
  Ident name(std::string_view what);
  uint64_t number(std::string_view what);
  uint32_t small(std::string_view what);
  void recover(size_t began);

  // Types and expressions (parse_types.cpp)
  TypeExpr type();
  void type_suffix(TypeExpr& out);
  std::vector<Expr> arguments();
  Expr expr();
  Expr conjunction();
  Expr negation();
  Expr comparison();
  Expr operators(unsigned level);
  Expr unary();
  Expr primary();
  Expr binary(spec::Op op, Loc loc, Expr a, Expr b);
  FieldDecl field();
  void field_modifiers(FieldDecl& out);
  uint32_t version();

  // Constants and sets (parse_sets.cpp)
  Constant constant();
  void constant_suffixes(Constant& out);
  Constant key();
  Value value();
  uint64_t sum();
  uint64_t term();
  uint8_t abi_list();
  void set(bool flags);
  SetItem set_item();
  SetItem set_number(SetItem item);
  bool header();  // `header <h>`: for the constants that follow in this item
  std::string_view string(std::string_view what);

  // Items (parse_items.cpp)
  void item();
  void file_class();
  std::vector<ClassName> class_names();
  std::vector<Ident> params();
  void record(bool tuple);
  void record_options(RecordDecl& out);
  void record_member(RecordDecl& out, bool& verbose);
  void member_order(RecordDecl& out);
  void bit_fields(RecordDecl& out);
  void select(bool attrs);
  void cases(std::vector<CaseDecl>& out, std::vector<GroupDecl>& groups);
  void case_or_group(Constant first, std::vector<CaseDecl>& out, std::vector<GroupDecl>& groups);
  void extend();
  void native();
  void syscall();
  spec::Data data();
  std::vector<FieldDecl> call_arguments();
  void variants(CallDecl& call);
  void abi();

  // Number tables (parse_rows.cpp)
  RowDecl row(bool sub);
  void row_order(RowDecl& out);
  void demux(RowDecl& out);

  std::vector<Token> tokens_;
  Diagnostics& diagnostics_;
  Unit& unit_;
  size_t pos_ = 0;
  size_t failed_at_ = 0;
  bool failed_ = false;
  std::string_view item_name_;
  std::string_view header_;  // of the constants of the item at hand
  std::vector<ClassName> file_classes_;
};

}  // namespace ktspec
