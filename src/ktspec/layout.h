// Sizes, alignments and offsets of everything in memory, on every ABI, and the values of constants (which ioctl numbers
// take from sizes). Computed when first asked for: files may be in any order.
#pragma once

#include <unordered_map>

#include "program.h"

namespace ktspec {

struct Extent {
  PerAbi<uint32_t> size{};  // of an open one: the fixed part
  PerAbi<uint32_t> align{};
  bool open = false;  // how far it goes is known only at run time
};

struct RecordLayout {
  Extent extent;
  std::vector<PerAbi<uint32_t>> offsets;  // of each field; none: behind an open one
};

struct ConstantValue {
  PerAbi<uint64_t> on{};
  uint8_t abis = 0;  // where it exists
};

class Layout {
 public:
  explicit Layout(Program& program);

  Extent extent(const TypeExpr& type);
  const RecordLayout& record(uint32_t index);
  // Of a struct by its name: each ABI has the form that is meant for it.
  Extent record_by_name(uint32_t index);

  // The constant as declared here: of `width` bytes (0: long) and sign.
  ConstantValue value(const Constant& constant, Shape shape);
  // A constant by name, all declarations taken together.
  const ConstantValue* find_constant(std::string_view name);
  const ConstantValue* require_constant(Ident name);
  // Where the constant was declared with its value; null if nowhere.
  [[nodiscard]] const Constant* declaration(std::string_view name) const;
  // The value of a key: declared here or elsewhere.
  ConstantValue key_value(const Constant& key);
  void suggest_constants(Suggestion& out) const;
  // A number known now: literals and constants.
  std::optional<PerAbi<uint64_t>> constant_expr(const Expr& expr);
  // Reports constants that are declared with two values.
  void check_constants();

 private:
  struct Declared {
    const Constant* constant;
    Shape shape;
  };
  struct Entry {
    std::vector<Declared> declared;
    std::optional<ConstantValue> value;
  };

  void declare(const Constant& constant, Shape shape);
  void collect();
  uint64_t evaluate(const Value& value, unsigned abi);
  Extent scalar(uint8_t width) const;
  Extent single(const TypeExpr& type);
  Extent select(uint32_t index);
  void place(const RecordDecl& decl, RecordLayout& out);
  void place_bits(const RecordDecl& decl, size_t field, const Extent& unit);

  enum class State : uint8_t { fresh, busy, done };

  Program& program_;
  std::vector<RecordLayout> records_;
  std::vector<State> record_states_;
  std::vector<State> select_states_;
  std::unordered_map<std::string_view, Entry> constants_;
};

}  // namespace ktspec
