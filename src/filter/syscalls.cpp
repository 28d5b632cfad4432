// Sets of system calls. A value names rows of the number tables (spec/tables.h): those of the ABI that `@` designates,
// or of every ABI. Sub-calls of socketcall and ipc are rows of their own: `trace=connect` finds both ways to call it.
// What is valid is decided by the ABIs this kernel runs, as strace does, but a set holds for all ABIs.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>

#include "filter/expression.h"
#include "filter/regex.h"
#include "filter/set_text.h"
#include "spec/tables.h"

namespace ktrace::filter {
namespace {

constexpr std::string_view kind = "system call";

struct ClassName {
  std::string_view name;
  uint32_t classes;
};
// `all` is a class for strace; the names without % are deprecated.
constexpr ClassName class_names[] = {
    {"all", ~uint32_t{0}},
    {"%clock", spec::class_clock},
    {"%creds", spec::class_creds},
    {"%desc", spec::class_desc},
    {"desc", spec::class_desc},
    {"%file", spec::class_file},
    {"file", spec::class_file},
    {"%fstat", spec::class_fstat},
    {"%fstatfs", spec::class_fstatfs},
    {"%ipc", spec::class_ipc},
    {"ipc", spec::class_ipc},
    {"%lstat", spec::class_lstat},
    {"%memory", spec::class_memory},
    {"memory", spec::class_memory},
    {"%net", spec::class_network},
    {"%network", spec::class_network},
    {"network", spec::class_network},
    {"%process", spec::class_process},
    {"process", spec::class_process},
    {"%pure", spec::class_pure},
    {"%signal", spec::class_signal},
    {"signal", spec::class_signal},
    {"%stat", spec::class_stat},
    {"%%stat", spec::class_stat_like},
    {"%statfs", spec::class_statfs},
    {"%%statfs", spec::class_statfs_like},
};

// The ABIs that a personality designator selects. x32 has no tables of its own: its calls are those of x86_64, plus
// some numbers from 512 on; what is said of them is checked and then has nothing to act on.
struct Personality {
  uint8_t abi_mask = 0xf;
  bool x32 = native_abi == Abi::x86_64;
};

constexpr uint8_t abi_bit(Abi abi) {
  return static_cast<uint8_t>(1u << index(abi));
}
constexpr uint8_t known_here = abi_bit(native_abi) | abi_bit(compat_abi);
constexpr uint32_t x32_first = 512, x32_last = 547;

std::optional<Personality> parse_personality(std::string_view name) {
  if (name == "64") return Personality{abi_bit(Abi::x86_64) | abi_bit(Abi::aarch64), false};
  if (name == "32") return Personality{abi_bit(Abi::i386) | abi_bit(Abi::arm), false};
  if (name == "x32" && native_abi == Abi::x86_64) return Personality{0, true};
  return {};
}

std::string_view text_of(spec::Str offset) {
  return spec::strings + offset;
}

// Adds every row of the personality that the predicate likes. True if one of them is valid on this machine.
template <class Likes>
bool add_rows(SyscallSet& set, Personality where, Likes likes) {
  bool found = false;
  for (unsigned a = 0; a < abi_count; a++) {
    const Abi abi = static_cast<Abi>(a);
    const bool wanted = (where.abi_mask & abi_bit(abi)) != 0;
    const bool counts = (wanted && (known_here & abi_bit(abi)) != 0) || (where.x32 && abi == Abi::x86_64);
    if (!wanted && !counts) continue;
    const spec::RowRange range = spec::row_ranges[a];
    for (uint32_t i = range.first; i < range.first + range.count; i++) {
      const spec::Row& row = spec::rows[i];
      if (likes(row, false)) {
        if (wanted) set.add(abi, row.number);
        found = found || counts;
      }
      for (uint32_t s = row.sub; s < row.sub + row.sub_count; s++) {
        if (!likes(spec::sub_rows[s], true)) continue;
        if (wanted) set.add_sub(s);
        found = found || counts;
      }
    }
  }
  return found;
}

bool add_number(SyscallSet& set, Personality where, std::string_view text) {
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9' || number > UINT32_MAX) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  const bool found =
      add_rows(set, where, [&](const spec::Row& row, bool is_sub) { return !is_sub && row.number == number; });
  return found || (where.x32 && number >= x32_first && number <= x32_last);
}

const ClassName* find_class(std::string_view name) {
  const auto found =
      std::find_if(std::begin(class_names), std::end(class_names), [&](const ClassName& c) { return c.name == name; });
  return found == std::end(class_names) ? nullptr : found;
}

Result<bool> add_value(SyscallSet& set, Personality where, std::string_view value) {
  if (value.empty()) return false;
  if (value.front() >= '0' && value.front() <= '9') return add_number(set, where, value);
  if (value.front() == '/') {
    const std::string pattern(value.substr(1));
    const Regex regex(pattern);
    if (const std::string problem = regex.problem(); !problem.empty())
      return Error{0, "regcomp: " + pattern + ": " + problem};
    return add_rows(set, where, [&](const spec::Row& row, bool) { return regex.matches(text_of(row.name)); });
  }
  if (const ClassName* found = find_class(value)) {
    const bool all = found->classes == ~uint32_t{0};
    add_rows(set, where, [&](const spec::Row& row, bool) { return all || (row.classes & found->classes) != 0; });
    return true;
  }
  return add_rows(set, where, [&](const spec::Row& row, bool) { return text_of(row.name) == value; });
}

Result<void> add_qualified(SyscallSet& set, std::string_view text) {
  std::string_view value = text;
  bool optional = false;
  while (!value.empty() && value.front() == '?') {
    optional = true;
    value.remove_prefix(1);
  }
  Personality where;
  const std::string_view qualified = value;
  if (const std::size_t at = value.rfind('@'); at != std::string_view::npos) {
    const std::string_view designator = value.substr(at + 1);
    const std::optional<Personality> personality = parse_personality(designator);
    if (!personality) {
      return Error{EINVAL, std::string("incorrect personality designator '")
                               .append(designator)
                               .append("' in qualification '")
                               .append(qualified)
                               .append("'")};
    }
    where = *personality;
    value = value.substr(0, at);
  }
  const bool found = KT_TRY(add_value(set, where, value));
  if (!found && !optional) return invalid(kind, qualified);
  return {};
}

}  // namespace

Result<SyscallSet> parse_syscalls(std::string_view text) {
  const SetText set = split_set(text);
  SyscallSet calls = set.kind == SetText::Kind::all ? SyscallSet::all() : SyscallSet::none();
  if (set.kind == SetText::Kind::list)
    KT_TRY(for_each_value(text, set, kind, [&](std::string_view value) { return add_qualified(calls, value); }));
  if (set.inverted) calls.invert();
  calls.settle();
  return calls;
}

}  // namespace ktrace::filter
