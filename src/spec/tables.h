// The run-time form of the descriptions in syscalls/*.ksd: flat, pointer-free tables without relocations, written by
// ktspec into one generated source file and walked by src/decode. Arrays indexed by ABI follow the order of ktrace::Abi
// (x86_64, i386, aarch64, arm): all four are always present, so any host decodes for any ABI.
//
// Cross references are indexes into the arrays below; `none` means "not there". Str is an offset into strings[]; 0 is
// "". Code is an offset into code[]: an expression in postfix bytecode (Op), ended by Op::end.
#pragma once

#include <cstdint>

namespace ktrace::spec {

inline constexpr unsigned abis = 4;

using Str = uint32_t;
using Code = uint32_t;

enum class Kind : uint8_t {
  none,     // takes no part in the text: an argument that is not shown
  uint,     // unsigned integer of `width`, shown in `format`
  sint,     // signed
  text,     // characters up to a NUL; cut by -s
  path,     // the same, never cut; -P looks at it
  bytes,    // binary; cut by -s
  fd,       // file descriptor
  dirfd,    // file descriptor, or AT_FDCWD
  pid,      // process or thread id (also groups and sessions)
  addr,     // address: NULL or hexadecimal
  pointer,  // address of an `elem`; flags tell the direction
  set,      // ref: Set
  native,   // ref: Native; a scalar whose meaning is C++
  object,   // ref: Native; bytes in memory whose meaning is C++
  record,   // ref: Record
  tuple,    // ref: Record
  select,   // ref: Select, args: its keys (and more parameters); what it chooses is the type
  key,      // ref: Select, args: all keys but the last; prints the name of the case the number stands for
  attrs,    // ref: Select: a netlink attribute list
};

// Behind Kind, whose enumerator of this name g++ 12 takes for shadowing it.
inline constexpr uint32_t none = 0xffffffff;

enum TypeFlag : uint16_t {
  type_in = 1,    // pointer: the kernel reads it
  type_out = 2,   // pointer: the kernel writes it; both for inout
  type_wide = 4,  // pointer or address kept in 8 bytes whatever the ABI
  type_big_endian = 8,
  type_array = 16,   // T[count]
  type_rest = 32,    // T[*]: as many as the limit leaves room for
  type_repeat = 64,  // T...: self-sized elements up to the limit
  type_reaches_path = 128,
  type_reaches_fd = 256,
};

enum class Format : uint8_t { decimal, hex, octal };

struct Type {
  Kind kind;
  uint8_t width;   // bytes in memory of a scalar or pointer; 0: a long of the ABI
  uint16_t flags;  // TypeFlag
  Format format;
  uint8_t bit;   // bit-field: first bit in its storage unit ...
  uint8_t bits;  // ... and how many; 0: not a bit-field
  uint8_t arg_count;
  uint32_t ref;
  uint32_t elem;  // Kind::pointer: the pointee
  Code count;     // type_array: number of elements
  Code limit;     // pointer: valid bytes behind it
  uint32_t args;  // first of arg_count entries of type_args[]
};

enum class ItemKind : uint8_t {
  constant,  // value: shown when all its bits are set (flags), or when equal (enum)
  part,      // mask: those bits are an enum of their own (ref: Set)
  number,    // mask, shift: a counter shown as N<<name
  zero,      // name shown when the whole value is 0
};

// Items of a flags set stand in printing order; those of an enum are sorted by value (then by abi_mask).
struct Item {
  uint64_t value;  // constant: value; part, number: mask
  Str name;
  uint32_t ref;  // part: Set
  ItemKind kind;
  uint8_t abi_mask;  // bit per ABI on which the item exists with this value
  uint8_t shift;
  uint8_t pad;
};

struct Set {
  Str name;
  uint32_t first;  // items[]
  uint32_t count;
  Str unknown;    // "O_???", or 0
  uint8_t width;  // of the declared scalar; 0: long
  uint8_t is_flags;
  uint8_t is_signed;
  Format format;         // of raw values and of what has no name
  uint8_t is_annotated;  // shown as the number with the names in a comment
  uint8_t pad[3];
};

enum FieldFlag : uint8_t {
  field_verbose = 1,  // only under -v; its absence is shown as `...`
  field_exit = 2,     // known only after the call
  field_union = 4,    // overlays the field before it
  field_hidden = 8,   // never shown (padding); may be named in expressions
};

struct Field {
  Str name;
  uint32_t type;
  Code when;  // shown if this holds; none: always
  uint32_t offset[abis];
  uint32_t flags;  // FieldFlag
};

enum RecordFlag : uint8_t {
  record_tuple = 1,
  record_open = 2,            // last member has no fixed size
  record_elides = 4,          // has field_verbose members
  record_exits = 8,           // has field_exit members (at any depth not behind a pointer)
  record_longer_elided = 16,  // bytes beyond those known are `...`, whatever they hold
};

struct Record {
  Str name;
  uint32_t first;  // fields[]
  uint32_t count;
  Code limit;              // its own size, from its own leading fields; none: fixed
  uint32_t min;            // extensible: fewer bytes than this are shown as an address; 0: not extensible
  uint32_t align;          // tuple in a repeat: elements start at multiples of this
  uint32_t size[abis];     // of an open one: the fixed part
  uint32_t variant[abis];  // Record to use on that ABI (itself, or `struct X on i386`)
  uint32_t flags;
};

// Cases are sorted by key[0], key[1], abi_mask. One-key selects have key[1] = 0.
struct Case {
  uint64_t key[2];
  Str name;  // name of the last key
  uint32_t type;
  uint8_t abi_mask;
  uint8_t pad[7];
};

// Of a two-key select: what an unknown second key is called under a given first key.
struct Group {
  uint64_t key;
  Str unknown;
  uint32_t pad;
};

struct Select {
  Str name;
  uint32_t first;  // cases[]
  uint32_t count;
  uint32_t otherwise;  // Type for keys without a case
  uint32_t groups;     // groups[], sorted by key
  uint32_t group_count;
  Str unknown;  // "F_???", or 0
  uint32_t key_count;
};

struct Native {
  Str name;
  uint8_t width;  // scalar; 0: long; ignored for objects
  uint8_t is_object;
  uint8_t param_count;
  uint8_t is_signed;
};

// fcntl, futex, prctl, ...: the call chosen by the value of `by`. Sorted by key, abi_mask.
struct Variant {
  uint64_t key;
  Str name;
  uint32_t call;
  uint8_t abi_mask;
  uint8_t pad[7];
};

enum class CallFlag : uint8_t {
  never_returns = 1,
  labelled = 2,  // text shows the names of the arguments, also without -N
};

// The data that a call moves through the descriptor in its first argument: where the second says, as much as the third.
// Buffers: struct iovec; message: struct msghdr.
enum class Data : uint8_t { nothing, bytes, buffers, message, messages };

struct Call {
  Str name;        // of the description
  uint32_t first;  // fields[]: the arguments; offset[] unused, field_exit = `on exit`
  uint32_t count;
  uint32_t ret;       // Type of the result; none: plain signed decimal
  Code by;            // key expression of the variants; none: no variants
  uint32_t by_arg;    // argument that is printed as the key's name; none: it has a type of its own
  uint32_t variants;  // variants[]: each call holds ALL arguments, the common ones too
  uint32_t variant_count;
  uint32_t otherwise;  // Call when no variant fits; none: the call itself
  Str unknown;         // "F_???" for the key, or 0
  uint16_t flags;      // CallFlag
  Data reads;
  Data writes;
};

// Classes of -e trace=%class, as strace 7.2 assigns them.
enum Class : uint32_t {
  class_file = 1u << 0,
  class_desc = 1u << 1,
  class_memory = 1u << 2,
  class_process = 1u << 3,
  class_signal = 1u << 4,
  class_ipc = 1u << 5,
  class_network = 1u << 6,
  class_creds = 1u << 7,
  class_stat = 1u << 8,
  class_lstat = 1u << 9,
  class_fstat = 1u << 10,
  class_stat_like = 1u << 11,
  class_statfs = 1u << 12,
  class_fstatfs = 1u << 13,
  class_statfs_like = 1u << 14,
  class_clock = 1u << 15,
  class_pure = 1u << 16,
};

enum class RowKind : uint8_t {
  call,
  demux_memory,     // socketcall: arg 0 picks the sub-call, arg 1 points to its arguments (longs of the ABI)
  demux_registers,  // ipc: arg 0 & 0xffff picks the sub-call, slots pick its registers
};

// A row of a number table: `nr name = description(argument order)`.
struct Row {
  uint32_t number;
  Str name;          // printed
  uint32_t call;     // calls[]; for demux rows the fallback
  uint32_t classes;  // Class
  uint32_t sub;      // demux: first of sub_count rows in sub_rows[]
  uint16_t sub_count;
  RowKind kind;
  uint8_t arg_count;
  uint8_t slot[8];  // register of each argument (the low half of a 64-bit one on a 32-bit ABI)
  uint8_t wide;     // bit per argument: takes two slots (low half first)
  uint8_t pad[7];
};

// Where an expression finds a member of the record at hand.
struct Load {
  uint32_t offset[abis];
  uint8_t width[abis];
  uint8_t is_signed;
  uint8_t big_endian;
  uint8_t pad[2];
};

// Operands follow the op byte, little-endian. All arithmetic is on 64-bit values; comparisons are signed.
enum class Op : uint8_t {
  end,
  imm,      // u32: imms[][abi]
  load,     // u32: loads[]; 0 if it lies beyond the valid bytes
  arg,      // u8: argument of the call, extended from its type's width by its type's sign
  deref,    // u8 width (0: long), u8 signed: replaces an address by what it points to; 0 if unreadable
  old,      // u8: what the pointee of inout argument k was at entry
  param,    // u8: parameter of the record, select or view at hand
  prop,     // u8: property of the descriptor on top: 0 protocol, 1 family
  peek,     // u8 width (0: long): scalar at the address of the pointer whose parameters are computed
  bits,     // u8 first, u8 count: cuts a bit-field out of the top
  ret,      // the result of the call
  failed,   // 1 if the call failed
  nonzero,  // any byte of the value the condition is about
  avail,    // valid bytes of the record at hand
  has,      // top has all bits of the one below: (a b -- (a & b) == b)
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  land,
  lor,
  lnot,
  band,
  bor,
  add,
  sub,
  mul,
  div,
  shl,
  shr,
};

extern const char strings[];
extern const Type types[];
extern const Code type_args[];
extern const Item items[];
extern const Set sets[];
extern const Field fields[];
extern const Record records[];
extern const Case cases[];
extern const Group groups[];
extern const Select selects[];
extern const Native natives[];
extern const Variant variants[];
extern const Call calls[];
extern const Load loads[];
extern const uint64_t imms[][abis];
extern const uint8_t code[];
extern const Row sub_rows[];

// Rows of each ABI, sorted by number.
struct RowRange {
  uint32_t first;
  uint32_t count;
};
extern const Row rows[];
extern const RowRange row_ranges[abis];

extern const uint32_t set_count;
extern const uint32_t record_count;
extern const uint32_t select_count;
extern const uint32_t native_count;
extern const uint32_t call_count;

}  // namespace ktrace::spec
