// What the parser makes of the descriptions: one struct per construct of syscalls/README.md, names still unresolved.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "source.h"
#include "spec/tables.h"

namespace ktspec {

namespace spec = ktrace::spec;

inline constexpr unsigned abi_count = spec::abis;
inline constexpr std::array<std::string_view, abi_count> abi_names = {"x86_64", "i386", "aarch64", "arm"};
inline constexpr uint8_t all_abis = (1u << abi_count) - 1;

template <typename T>
using PerAbi = std::array<T, abi_count>;

struct Expr {
  enum class Kind : uint8_t { number, name, has, binary, lnot, nonzero, peek, ret, failed, avail, old };

  Kind kind = Kind::number;
  spec::Op op = spec::Op::end;  // binary
  Loc loc;
  uint64_t value = 0;       // number
  std::vector<Ident> path;  // name: a.b.c; peek: the scalar; old: the argument
  std::vector<Expr> sub;    // operands; has: the value, then each mask
};

enum class Direction : uint8_t { none, in, out, inout };
enum class Suffix : uint8_t { none, count, rest, repeat };
enum class ViewKind : uint8_t { none, as, key };

struct TypeExpr {
  Ident base;
  std::vector<Expr> args;
  Direction dir = Direction::none;
  bool wide = false;
  Suffix suffix = Suffix::none;
  ViewKind view_kind = ViewKind::none;
  std::optional<Expr> count;
  Ident view;
  std::vector<Expr> view_args;
  std::optional<Expr> limit;
};

// The value of a constant: a number, or an ioctl number made of a type's size.
struct Value {
  bool is_ioctl = false;
  bool negative = false;
  uint64_t number = 0;            // ioctl: all but the size
  std::optional<TypeExpr> sized;  // ioctl
};

struct Constant {
  Ident name;                  // empty text: a bare number as key
  std::optional<Value> value;  // none: declared elsewhere
  struct Other {
    uint8_t abis;
    Value value;
  };
  std::vector<Other> others;  // `on arm: ...`
  std::string_view header;    // where C declares it; empty: not compared
  uint8_t only = all_abis;
  bool unchecked = false;
  bool alias = false;
  uint32_t since = 0;  // version << 16 | patch level << 8, as LINUX_VERSION_CODE
};

struct SetItem {
  spec::ItemKind kind = spec::ItemKind::constant;
  Constant constant;  // of a number: its shift; of a zero: 0
  Loc loc;
  uint64_t mask = 0;
  unsigned shift = 0;
  std::vector<Constant> names;  // part { ... }
  Ident as;                     // part ... as ENUM
};

struct SetDecl {
  Ident name;
  Ident base;
  bool flags = false;
  std::string_view prefix;
  std::string_view unknown;  // instead of prefix and ???
  spec::Format format = spec::Format::hex;
  bool annotated = false;
  std::vector<SetItem> items;
};

struct FieldDecl {
  Ident name;
  TypeExpr type;
  std::optional<Expr> when;
  bool on_exit = false;
  bool verbose = false;
  bool hidden = false;
  bool overlay = false;  // union: same offset as the field before
  uint32_t since = 0;
  uint8_t bit = 0;  // bit-field
  uint8_t bits = 0;

  [[nodiscard]] bool unnamed() const { return name.text == "_"; }
};

struct RecordDecl {
  Ident name;
  std::vector<Ident> params;
  bool tuple = false;
  bool packed = false;
  uint8_t on = 0;  // ABIs of a variant; 0: the general form
  std::string_view header;
  Ident c_name;  // `named X`
  uint32_t min = 0;
  uint32_t align = 0;
  std::optional<Expr> limit;
  bool longer_elided = false;  // ends with `...`
  std::vector<FieldDecl> fields;
  std::vector<Ident> order;  // in which members are shown, if not that of memory
};

struct CaseDecl {
  std::vector<Constant> keys;  // one or two
  TypeExpr type;
};

struct GroupDecl {
  Constant key;
  Ident prefix;
};

struct SelectDecl {
  Ident name;
  std::vector<Ident> params;
  bool attrs = false;
  std::string_view prefix;
  std::optional<TypeExpr> otherwise;
  std::vector<CaseDecl> cases;
  std::vector<GroupDecl> groups;
};

struct ExtendDecl {
  Ident name;
  std::vector<SetItem> items;
  std::vector<CaseDecl> cases;
  std::vector<GroupDecl> groups;
};

struct NativeDecl {
  Ident name;
  std::vector<Ident> params;
  Ident base;
  bool reaches_path = false;
  bool reaches_fd = false;
};

struct ClassName {
  Ident name;
  bool remove = false;
};

struct VariantDecl {
  std::optional<Constant> key;  // none: else
  Loc loc;
  std::vector<FieldDecl> args;
  std::optional<TypeExpr> result;
};

struct CallDecl {
  Ident name;
  std::vector<FieldDecl> args;
  std::optional<TypeExpr> result;
  bool labelled = false;
  spec::Data reads = spec::Data::nothing;
  spec::Data writes = spec::Data::nothing;
  std::vector<ClassName> file_classes;
  std::vector<ClassName> classes;
  std::optional<Expr> by;
  std::string_view prefix;
  std::vector<VariantDecl> variants;
};

struct AbiDecl {
  Ident name;
  uint32_t long_bytes = 0;
  uint32_t align64 = 0;
  uint32_t slots = 0;
};

struct RowDecl {
  uint64_t number = 0;
  Loc loc;
  Ident name;
  Ident target;
  std::optional<std::vector<Ident>> order;  // arguments by register
  spec::RowKind kind = spec::RowKind::call;
  std::optional<std::vector<unsigned>> registers;  // `@ 1 4 2`: first register of each argument
  std::vector<RowDecl> sub;
};

struct Unit {
  std::vector<SetDecl> sets;
  std::vector<RecordDecl> records;
  std::vector<SelectDecl> selects;
  std::vector<ExtendDecl> extends;
  std::vector<NativeDecl> natives;
  std::vector<CallDecl> calls;
  std::vector<AbiDecl> abis;
  PerAbi<std::vector<RowDecl>> rows;
  std::vector<std::string_view> broken;  // names of items with syntax errors: not "unknown" as well
};

}  // namespace ktspec
