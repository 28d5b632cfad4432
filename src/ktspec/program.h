// All items under their names, with `extend` merged in: what the later passes ask. Names of types (sets, structs,
// selects, natives, built-in types) form one space, system calls a second, constants a third.
#pragma once

#include <map>
#include <unordered_map>

#include "ast.h"

namespace ktspec {

struct Builtin {
  std::string_view name;
  spec::Kind kind;
  uint8_t width;  // 0: long
  bool is_signed = false;
  bool big_endian = false;
};

// u32, long, fd, path, ...; null if there is none of this name.
const Builtin* find_builtin(std::string_view name);
// One that is a number in memory; null for text, path, bytes, none.
const Builtin* find_scalar(std::string_view name);

struct Named {
  enum class What : uint8_t { unknown, builtin, set, record, select, native };

  What what = What::unknown;
  uint32_t index = 0;
};

// A number as it lies in memory or in a register.
struct Shape {
  uint8_t width = 8;  // 0: long
  bool is_signed = false;
  bool big_endian = false;
};

class Program {
 public:
  Program(Unit& unit, Diagnostics& diagnostics);

  Unit& unit;
  Diagnostics& diagnostics;

  [[nodiscard]] const AbiDecl& abi(unsigned k) const { return abis_[k]; }
  [[nodiscard]] Named find(std::string_view name) const;
  // As find, but an unknown name is an error with a suggestion; `what` says what was expected.
  Named require(Ident name, std::string_view what);
  [[nodiscard]] const CallDecl* find_call(std::string_view name) const;
  // The call of this name, or an error.
  const CallDecl* require_call(Ident name);
  [[nodiscard]] uint32_t call_index(const CallDecl& call) const {
    return static_cast<uint32_t>(&call - unit.calls.data());
  }

  // Record to use on an ABI where `record` is named.
  [[nodiscard]] uint32_t record_on(uint32_t record, unsigned abi) const { return record_variants_[record][abi]; }
  // The scalar that holds a value of this type, if it is a single number (pointers count as such).
  [[nodiscard]] std::optional<Shape> storage(const TypeExpr& type) const;
  // What a pointer to a single number points to; of a select, that of the first case that is such a pointer.
  struct Pointee {
    Shape shape;
    Direction dir;
  };
  [[nodiscard]] std::optional<Pointee> pointee(const TypeExpr& type) const;
  [[nodiscard]] std::optional<Shape> scalar_shape(std::string_view name) const;
  [[nodiscard]] unsigned width_on(uint8_t width, unsigned k) const { return width != 0 ? width : abis_[k].long_bytes; }

  // True if an item of this name had a syntax error, so that nothing more need be said.
  [[nodiscard]] bool broken(std::string_view name) const;
  // The select has cases with two keys.
  [[nodiscard]] unsigned key_count(uint32_t select) const { return select_keys_[select]; }

  // Names to suggest instead of a wrong one.
  void suggest_types(Suggestion& out) const;

 private:
  void declare(Ident name, Named named);
  void declare_records();
  void declare_calls();
  void declare_abis();
  void merge_extends();
  void merge(SetDecl& set, ExtendDecl& extend);
  void merge(SelectDecl& select, ExtendDecl& extend);
  void count_keys();

  struct Place {
    Named named;
    Loc loc;
  };
  std::unordered_map<std::string_view, Place> names_;
  std::unordered_map<std::string_view, uint32_t> calls_;
  std::vector<PerAbi<uint32_t>> record_variants_;
  std::vector<unsigned> select_keys_;
  PerAbi<AbiDecl> abis_;
};

}  // namespace ktspec
