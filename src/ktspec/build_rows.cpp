// Rows of the number tables: which description a number has, which registers its arguments are in, which classes and
// traits it has.
#include <algorithm>
#include <numeric>

#include "builder.h"

namespace ktspec {

using spec::Kind;

// The lower half: a Class of -e; the upper half: a Trait for the tracer.
struct ClassBit {
  std::string_view name;
  uint64_t bit;
};

static constexpr uint64_t trait(uint32_t bit) {
  return uint64_t{bit} << 32;
}

static constexpr std::array<ClassBit, 34> class_bits = {{
    {"file", spec::class_file},
    {"desc", spec::class_desc},
    {"memory", spec::class_memory},
    {"process", spec::class_process},
    {"signal", spec::class_signal},
    {"ipc", spec::class_ipc},
    {"network", spec::class_network},
    {"creds", spec::class_creds},
    {"stat", spec::class_stat},
    {"lstat", spec::class_lstat},
    {"fstat", spec::class_fstat},
    {"stat_like", spec::class_stat_like},
    {"statfs", spec::class_statfs},
    {"fstatfs", spec::class_fstatfs},
    {"statfs_like", spec::class_statfs_like},
    {"clock", spec::class_clock},
    {"pure", spec::class_pure},
    {"filters", trait(ktrace::trait_filters)},
    {"may_filter", trait(ktrace::trait_may_filter)},
    {"may_trace", trait(ktrace::trait_may_trace)},
    {"lazy_memory", trait(ktrace::trait_lazy_memory)},
    {"may_lazy_memory", trait(ktrace::trait_may_lazy_memory)},
    {"clones", trait(ktrace::trait_clones)},
    {"clones3", trait(ktrace::trait_clones3)},
    {"births", trait(ktrace::trait_births)},
    {"sees_mask", trait(ktrace::trait_sees_mask)},
    {"reads_file", trait(ktrace::trait_reads_file)},
    {"keeps_fds", trait(ktrace::trait_keeps_fds)},
    {"restarts", trait(ktrace::trait_restarts)},
    {"maps", trait(ktrace::trait_maps)},
    {"unmaps", trait(ktrace::trait_unmaps)},
    {"protects", trait(ktrace::trait_protects)},
    {"moves", trait(ktrace::trait_moves)},
    {"remaps", trait(ktrace::trait_remaps)},
}};

static uint64_t class_bit(std::string_view name) {
  const auto found = std::ranges::find(class_bits, name, &ClassBit::name);
  return found == class_bits.end() ? 0 : found->bit;
}

// %file and %desc follow from the arguments that all variants share; `class` adds and takes away.
uint64_t Builder::classes(const CallDecl& call) {
  const spec::Call& built = tables_.calls[program_.call_index(call)];
  uint64_t out = 0;
  const auto is_fd = [](const spec::Type& type) { return type.kind == Kind::fd || type.kind == Kind::dirfd; };
  for (uint32_t k = 0; k < built.count; ++k) {
    const spec::Type& type = tables_.types[tables_.fields[built.first + k].type];
    if (is_fd(type)) out |= spec::class_desc;
    if (type.kind == Kind::pointer && tables_.types[type.elem].kind == Kind::path) out |= spec::class_file;
  }
  if (built.ret != spec::none && is_fd(tables_.types[built.ret])) out |= spec::class_desc;
  for (const auto* names : {&call.file_classes, &call.classes}) {
    for (const ClassName& one : *names) {
      const uint64_t bit = class_bit(one.name.text);
      if (bit == 0) {
        Suggestion suggestion(one.name.text);
        for (const ClassBit& known : class_bits) suggestion.consider(known.name);
        program_.diagnostics.error(one.name.loc, "unknown class " + quoted(one.name.text) + suggestion.text());
      }
      out = one.remove ? out & ~bit : out | bit;
    }
  }
  return out;
}

void Builder::rows() {
  for (const CallDecl& call : program_.unit.calls) classes(call);  // also of calls without a number
  for (unsigned abi = 0; abi < abi_count; ++abi) {
    std::vector<spec::Row> rows;
    std::vector<ktrace::MarkedCall> marked;
    std::map<uint64_t, Loc> taken;
    for (const RowDecl& decl : program_.unit.rows[abi]) {
      const auto [first, fresh] = taken.emplace(decl.number, decl.loc);
      if (!fresh)
        program_.diagnostics.error(decl.loc, "number " + std::to_string(decl.number) + " is taken in " +
                                                 program_.diagnostics.where(first->second));
      const auto built = row(decl, abi);
      if (!built) continue;
      rows.push_back(*built);
      const auto traits = static_cast<uint32_t>(classes(*program_.find_call(decl.target.text)) >> 32);
      if (traits != 0) marked.push_back({built->number, traits});
    }
    std::ranges::stable_sort(rows, {}, &spec::Row::number);
    tables_.row_ranges[abi] = {static_cast<uint32_t>(tables_.rows.size()), static_cast<uint32_t>(rows.size())};
    tables_.rows.insert(tables_.rows.end(), rows.begin(), rows.end());
    std::ranges::stable_sort(marked, {}, &ktrace::MarkedCall::number);
    tables_.marked_ranges[abi] = {static_cast<uint32_t>(tables_.marked.size()), static_cast<uint32_t>(marked.size())};
    tables_.marked.insert(tables_.marked.end(), marked.begin(), marked.end());
  }
}

std::optional<spec::Row> Builder::row(const RowDecl& decl, unsigned abi) {
  const CallDecl* call = program_.require_call(decl.target);
  if (call == nullptr) return {};
  if (decl.number > UINT32_MAX) program_.diagnostics.error(decl.loc, "a number has 32 bits");
  spec::Row out{};
  out.number = static_cast<uint32_t>(decl.number);
  out.name = tables_.string(decl.name.text);
  out.call = program_.call_index(*call);
  out.classes = static_cast<uint32_t>(classes(*call));
  out.kind = decl.kind;
  assign_registers(decl, *call, abi, out);
  if (decl.kind != spec::RowKind::call) sub_rows(decl, abi, out);
  return out;
}

void Builder::sub_rows(const RowDecl& decl, unsigned abi, spec::Row& out) {
  std::vector<spec::Row> rows;
  for (const RowDecl& sub : decl.sub)
    if (const auto built = row(sub, abi)) rows.push_back(*built);
  std::ranges::stable_sort(rows, {}, &spec::Row::number);
  for (size_t k = 1; k < rows.size(); ++k)
    if (rows[k].number == rows[k - 1].number)
      program_.diagnostics.error(decl.loc, "sub-number " + std::to_string(rows[k].number) + " is taken twice");
  out.sub = static_cast<uint32_t>(tables_.sub_rows.size());
  out.sub_count = static_cast<uint16_t>(rows.size());
  tables_.sub_rows.insert(tables_.sub_rows.end(), rows.begin(), rows.end());
}

// Every variant of the call must find its arguments in the same registers.
void Builder::assign_registers(const RowDecl& decl, const CallDecl& call, unsigned abi, spec::Row& out) {
  std::vector<Args> forms = {all_arguments(call, nullptr)};
  for (const VariantDecl& variant : call.variants) forms.push_back(all_arguments(call, &variant));
  spec::Row longest{};
  for (const Args& args : forms) {
    if (args.size() > 8) return;  // reported with the call
    spec::Row one{};
    if (!place_arguments(decl, args, abi, one)) return;
    const auto shared = std::min(one.arg_count, longest.arg_count);
    for (uint8_t k = 0; k < shared; ++k) {
      if (one.slot[k] == longest.slot[k] && ((one.wide ^ longest.wide) >> k & 1) == 0) continue;
      program_.diagnostics.error(decl.target.loc, "variants of " + quoted(call.name.text) + " have their argument " +
                                                      std::to_string(k + 1) + " in different registers");
      return;
    }
    if (one.arg_count >= longest.arg_count) longest = one;
  }
  out.arg_count = longest.arg_count;
  out.wide = longest.wide;
  std::ranges::copy(longest.slot, out.slot);
}

// Indexes of the arguments in the order of their registers.
std::vector<unsigned> Builder::register_order(const RowDecl& decl, const Args& args) {
  std::vector<unsigned> out(args.size());
  std::iota(out.begin(), out.end(), 0u);
  if (!decl.order) return out;
  std::vector<unsigned> named;
  for (const Ident& name : *decl.order) {
    const auto found = std::ranges::find(args, name.text, [](const FieldDecl* arg) { return arg->name.text; });
    if (found == args.end()) {
      Suggestion suggestion(name.text);
      for (const FieldDecl* arg : args) suggestion.consider(arg->name.text);
      program_.diagnostics.error(
          name.loc, quoted(decl.target.text) + " has no argument " + quoted(name.text) + suggestion.text());
      return out;
    }
    named.push_back(static_cast<unsigned>(found - args.begin()));
  }
  for (unsigned k : out) {
    if (std::ranges::count(named, k) == 1) continue;
    program_.diagnostics.error(decl.target.loc, "argument " + quoted(args[k]->name.text) + " must be named once");
    return out;
  }
  return named;
}

bool Builder::place_arguments(const RowDecl& decl, const Args& args, unsigned abi, spec::Row& out) {
  const AbiDecl& facts = program_.abi(abi);
  const std::vector<unsigned> order = register_order(decl, args);
  if (decl.registers && decl.registers->size() < args.size()) {
    program_.diagnostics.error(decl.target.loc, quoted(decl.target.text) + " has " + std::to_string(args.size()) +
                                                    " arguments, but registers are given for " +
                                                    std::to_string(decl.registers->size()));
    return false;
  }
  unsigned next = 0;
  out.arg_count = static_cast<uint8_t>(args.size());
  for (size_t at = 0; at < order.size(); ++at) {
    const unsigned k = order[at];
    const TypeExpr& type = args[k]->type;
    const auto shape = program_.storage(type);
    const bool wide = facts.slots == 2 && type.dir == Direction::none && shape && shape->width == 8;
    if (wide && facts.align64 == 8) next = (next + 1) & ~1u;
    if (decl.registers) next = (*decl.registers)[at];
    out.slot[k] = static_cast<uint8_t>(next);
    if (wide) out.wide = static_cast<uint8_t>(out.wide | 1u << k);
    next += wide ? 2 : 1;
    if (next <= 6) continue;
    program_.diagnostics.error(decl.target.loc, "the arguments of " + quoted(decl.target.text) +
                                                    " need more than six registers on " + std::string(abi_names[abi]));
    return false;
  }
  return true;
}

}  // namespace ktspec
