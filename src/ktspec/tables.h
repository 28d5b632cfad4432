// The tables of src/spec/tables.h while they grow. Equal strings, expressions, loads and types are stored once.
#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "ast.h"
#include "ktrace/traits.h"

namespace ktspec {

class Tables {
 public:
  Tables();

  spec::Str string(std::string_view text);
  spec::Code add_code(const std::string& bytes);
  uint32_t load(const spec::Load& load);
  uint32_t imm(const PerAbi<uint64_t>& values);
  uint32_t type(const spec::Type& type);
  uint32_t arguments(const std::vector<spec::Code>& args);
  // "P_???" for a prefix; 0 for none.
  spec::Str unknown(std::string_view prefix);

  std::string strings;
  std::vector<spec::Type> types;
  std::vector<spec::Code> type_args;
  std::vector<spec::Item> items;
  std::vector<spec::Set> sets;
  std::vector<spec::Field> fields;
  std::vector<spec::Record> records;
  std::vector<spec::Case> cases;
  std::vector<spec::Group> groups;
  std::vector<spec::Select> selects;
  std::vector<spec::Native> natives;
  std::vector<spec::Variant> variants;
  std::vector<spec::Call> calls;
  std::vector<spec::Load> loads;
  std::vector<PerAbi<uint64_t>> imms;
  std::string code;
  std::vector<spec::Row> sub_rows;
  std::vector<spec::Row> rows;
  PerAbi<spec::RowRange> row_ranges{};
  std::vector<ktrace::MarkedCall> marked;
  PerAbi<spec::RowRange> marked_ranges{};
  // Types of whole selects and natives with their own parameters handed through: for views (ids.h).
  std::map<std::string, uint32_t> named_types;

 private:
  std::unordered_map<std::string, spec::Str> string_at_;
  std::unordered_map<std::string, spec::Code> code_at_;
  std::map<std::string, uint32_t> load_at_;
  std::map<PerAbi<uint64_t>, uint32_t> imm_at_;
  std::map<std::string, uint32_t> type_at_;
  std::map<std::vector<spec::Code>, uint32_t> arguments_at_;
};

// Written only if different from what is there, so that nothing is rebuilt in vain. False if it cannot be written.
bool write_if_changed(const std::string& path, const std::string& text);

std::string emit_tables(const Tables& tables);
std::string emit_views(const Tables& tables);
std::string emit_ids(const Tables& tables);

}  // namespace ktspec
